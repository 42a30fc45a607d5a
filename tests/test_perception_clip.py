"""The whole of perception on real footage, when the footage and the networks are at hand."""

from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.motion.observations import Observations, load_observations, save_observations
from borelli.perception import PerceptionConfig, models, observe
from borelli.perception.blazepose import BlazePose
from borelli.perception.observe import read_ahead
from borelli.video import Frame, frames, probe

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"
COUNT = 30


def clip(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the clip {name} is not at hand")
    return path


@pytest.fixture(scope="module")
def networks() -> BlazePose:
    try:
        return BlazePose()
    except BorelliError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def street(networks: BlazePose) -> Observations:
    """One second of two people: a man on a wall and a woman who walks."""
    path = clip("video/street/demo.mp4")
    seen: list[tuple[int, int]] = []
    part = islice(frames(path, start=3.0), COUNT)
    observed = observe(part, probe(path), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == COUNT
    return observed


def test_two_people_are_followed_without_a_gap(street: Observations) -> None:
    assert len(street.tracks) == 2
    assert all(track.seen.sum() >= COUNT - 2 for track in street.tracks)
    assert np.allclose(np.diff(street.times), 1 / 30, atol=1e-6)
    assert street.times[0] == pytest.approx(3.0)


def test_a_foot_that_has_left_the_picture_loses_confidence(networks: BlazePose) -> None:
    path = clip("video/street/demo.mp4")
    image = next(iter(frames(path, start=191 / 30 - 0.001))).image
    found = networks.detect(image, np.array([-200.0, 200.0]), 790.0, 0.5)
    walker = max(found, key=lambda detection: detection.score)
    pose = networks.pose(image, networks.pose(image, walker.axis).axis)
    left_ankle, left_shoulder = pose.keypoints[27, 2], pose.keypoints[11, 2]
    assert left_ankle < 0.5 < 0.9 < left_shoulder


def test_nobody_changes_places(street: Observations) -> None:
    for track in street.tracks:
        steps = np.linalg.norm(np.diff(track.keypoints[:, 23:25, :2].mean(axis=1), axis=0), axis=1)
        assert np.nanmax(steps) < 25
    left, right = sorted(street.tracks, key=lambda track: np.nanmean(track.boxes[:, 0]))
    assert np.nanmax(left.boxes[:, 3]) < 520 < np.nanmin(right.boxes[:, 3])


def test_numbers_mean_what_they_say(street: Observations) -> None:
    for track in street.tracks:
        assert track.keypoints.shape == (COUNT, 33, 3)
        confidence = track.keypoints[..., 2]
        assert (confidence >= 0).all() and (confidence <= 1).all() and confidence.mean() > 0.7
        assert np.linalg.eigvalsh(track.covariance[track.seen]).min() >= 1.0 - 1e-6
        assert track.hints is not None and track.masks is not None and track.mask_to_image is not None
        height = np.nanmedian(np.ptp(track.hints[..., 1], axis=1))
        assert 1.2 < height < 2.0
        mask = np.unpackbits(track.masks[10], axis=1)
        rows, columns = np.nonzero(mask)
        T = track.mask_to_image[10]
        centre = np.array([columns.mean(), rows.mean()]) @ T[:, :2].T + T[:, 2]
        assert np.linalg.norm(centre - track.keypoints[10, [23, 24], :2].mean(axis=0)) < 60


def test_observations_survive_a_file(street: Observations, tmp_path: Path) -> None:
    save_observations(tmp_path / "o.npz", street)
    again = load_observations(tmp_path / "o.npz")
    assert np.array_equal(again.tracks[1].keypoints, street.tracks[1].keypoints, equal_nan=True)
    assert again.tracks[1].swapped.dtype == bool


def test_one_photo_gives_one_person(networks: BlazePose) -> None:
    path = clip("photo/pexels-anete-lusina-4793258.jpg")
    (track,) = observe(frames(path), probe(path)).tracks
    nose, left_ankle, right_ankle = track.keypoints[0, [0, 27, 28], :2]
    assert nose == pytest.approx([1930, 3090], abs=250)
    assert left_ankle == pytest.approx([1970, 5110], abs=250)
    assert right_ankle == pytest.approx([3270, 5220], abs=250)


def test_an_empty_scene_is_one_clear_error(networks: BlazePose, tmp_path: Path) -> None:
    info = probe(clip("video/street/demo.mp4"))
    blank = [Frame(i, i / 30, np.full((240, 320, 3), 90, np.uint8)) for i in range(5)]
    with pytest.raises(BorelliError, match=r"nobody was found in .* \(5 frames\)"):
        observe(blank, info, PerceptionConfig())
    with pytest.raises(BorelliError, match="no frames"):
        observe([], info)


def test_reading_ahead_keeps_order_and_passes_errors_on() -> None:
    def source(count: int) -> Iterator[Frame]:
        for i in range(count):
            yield Frame(i, float(i), np.zeros((1, 1, 3), np.uint8))
        raise BorelliError("broken")

    received = []
    with pytest.raises(BorelliError, match="broken"):
        for frame in read_ahead(source(30)):
            received.append(frame.index)
    assert received == list(range(30))


def test_stopping_early_ends_the_reader() -> None:
    ended = []

    def source() -> Iterator[Frame]:
        try:
            for i in range(10_000):
                yield Frame(i, float(i), np.zeros((1, 1, 3), np.uint8))
        finally:
            ended.append(True)

    reader = read_ahead(source())
    assert next(iter(reader)).index == 0
    cast("Generator[Frame, None, None]", reader).close()
    assert ended == [True]


def test_every_pinned_hash_is_a_sha256() -> None:
    assert all(len(asset.sha256) == 64 and int(asset.sha256, 16) for asset in models.ASSETS)
