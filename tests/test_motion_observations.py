from dataclasses import fields

import numpy as np

from borelli.motion.observations import Observations, Track, load_observations, save_observations


def track(person: int, hints: bool) -> Track:
    keypoints = np.zeros((3, 2, 3))
    keypoints[1, 1] = [5.0, 6.0, 0.7]
    return Track(
        person=person,
        keypoints=keypoints,
        covariance=np.tile(np.eye(2), (3, 2, 1, 1)),
        hints=np.ones((3, 2, 3)) if hints else None,
        boxes=np.full((3, 4), np.nan),
        swapped=np.array([False, True, False]),
    )


def test_tracks_with_and_without_hints_survive_the_file(tmp_path):
    seen = Observations(np.arange(3) / 30.0, 640, 480, "blazepose33", (track(4, True), track(0, False)))
    save_observations(tmp_path / "o.npz", seen)
    back = load_observations(tmp_path / "o.npz")
    assert (back.width, back.height, back.keypoint_set) == (640, 480, "blazepose33")
    assert [t.person for t in back.tracks] == [4, 0]
    for was, now in zip(seen.tracks, back.tracks, strict=True):
        for field in fields(Track):
            np.testing.assert_array_equal(getattr(was, field.name), getattr(now, field.name))
    assert back.tracks[1].hints is None and back.tracks[1].masks is None


def test_a_frame_is_seen_when_one_keypoint_is():
    np.testing.assert_array_equal(track(0, False).seen, [False, True, False])
