"""What a report page is made of: arrays, the common clock, bodies, forces, verdicts."""

import base64
import json
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from exported_motion import GAP, moving_person
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from reported_run import FRAMES, NAME, TIMES, make_run, other_motion, run_report, swaying_motion
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from standing_person import MODEL

from borelli.avatar.avatar import Avatar
from borelli.avatar.files import SavedAvatar, save_avatar
from borelli.avatar.posing import pose_avatar
from borelli.avatar.start import StartConfig, start_avatar
from borelli.body.kinematics import forward
from borelli.body.skin import skin
from borelli.errors import BorelliError
from borelli.motion.motion import save_motion
from borelli.pipeline.files import person_of
from borelli.pipeline.page import with_page
from borelli.report import page as page_module
from borelli.report.page import MARK, PageData, page_data, write_page
from borelli.report.page_arrays import ArrayStream
from borelli.report.page_figure import whole_weights
from borelli.report.page_mesh import page_mesh
from borelli.report.page_time import page_time
from borelli.report.sentences import download_labels
from borelli.report.shown import find_shown


def read(ref: dict, blob: bytes) -> np.ndarray:
    """The array of a reference, as the page reads it."""
    kind = np.dtype(f"<{ref['dtype']}")
    count = int(np.prod(ref["shape"]))
    raw = np.frombuffer(zlib.decompress(blob), kind, count, ref["at"]).reshape(ref["shape"])
    if "scale" not in ref:
        return raw
    missing = raw == -32768 if ref["dtype"] == "i2" else np.zeros(raw.shape, dtype=bool)
    return np.where(missing, np.nan, raw * ref["scale"] + ref["offset"])


def posed(person: dict, blob: bytes, points: np.ndarray, index: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(T, N, 3) linear blend skinning of the page's rest points by its bones."""
    now = Rotation.from_quat(
        read(person["bone_quaternion"], blob).reshape(-1, 4), scalar_first=True
    ).as_matrix()
    rest = Rotation.from_quat(read(person["bone_rest_quaternion"], blob), scalar_first=True).as_matrix()
    origin, place = read(person["bone_rest_position"], blob), read(person["bone_position"], blob)
    R = now.reshape(*place.shape[:2], 3, 3) @ np.swapaxes(rest, 1, 2)
    result = np.zeros((len(place), len(points), 3))
    for k in range(4):
        j, w = index[:, k], weight[:, k : k + 1] / 255
        result += w * (np.einsum("tnab,nb->tna", R[:, j], points - origin[j]) + place[:, j])
    return result


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def data(run: Path) -> PageData:
    return page_data(find_shown(run), embed=True)


@given(
    arrays(np.float64, (7, 3), elements=st.floats(-30, 30) | st.just(np.nan)),
    st.sampled_from([1e-4, 1e-3, 0.02]),
)
def test_numbers_come_back_within_half_a_step(values, step):
    stream = ArrayStream()
    ref = stream.stepped(values, step)
    back = read(ref, stream.packed())
    assert np.array_equal(np.isnan(back), np.isnan(values))
    assert np.nanmax(np.abs(back - values), initial=0.0) <= 0.5 * step + 4e-6


def test_a_range_too_wide_for_the_step_is_kept_in_floats():
    ref = ArrayStream().stepped(np.array([0.0, 100.0]), 1e-3)
    assert ref["dtype"] == "f4"


def test_equal_arrays_are_stored_once_and_all_begin_at_multiples_of_eight():
    stream = ArrayStream()
    refs = [stream.plain(np.arange(n), "u1") for n in (3, 5, 3)]
    assert [ref["at"] for ref in refs] == [0, 8, 0]
    assert len(zlib.decompress(stream.packed())) == 16


def test_the_clock_covers_everybody_and_the_video():
    one, two = swaying_motion(), other_motion()
    time = page_time([one, two], np.array([-0.1, 0.0, 5.0]))
    assert time.times[0] == -0.1 and time.times[-1] == 5.0 and time.stride == 1
    assert time.present(one.time).sum() == FRAMES and time.present(two.time).sum() == 40


def test_a_long_clip_is_thinned_and_the_page_says_so(run: Path, monkeypatch: pytest.MonkeyPatch):
    time = page_time([swaying_motion()], None, most=25)
    assert time.stride == 3 and np.array_equal(time.times, TIMES[::3])
    monkeypatch.setattr(page_module, "page_time", lambda motions, video: page_time(motions, video, 70))
    thin = page_data(find_shown(run), embed=False)
    assert thin.header["decimated"] == 3
    assert any("one of 3 frames" in note["text"] for note in thin.header["notes"])


def test_where_a_person_is_missing_the_nearest_frame_stands_in():
    motion = other_motion()
    time = page_time([motion], np.array([-1.0, 9.0]))
    held = time.held(motion.time, motion.coordinates)
    assert np.isfinite(held).all()
    assert np.array_equal(held[0], motion.coordinates[0])
    assert np.array_equal(held[1 + GAP.start], motion.coordinates[GAP.start - 1])
    assert not time.flags(motion.time, motion.valid)[[0, 1 + GAP.start, -1]].any()


@pytest.mark.parametrize(("number", "made"), [(0, swaying_motion), (1, other_motion)])
def test_the_page_draws_the_body_where_the_motion_has_it(data: PageData, number: int, made):
    motion = made()
    person, blob = data.header["people"][number], data.blob
    at = np.flatnonzero(read(person["valid"], blob))
    own = np.isin(motion.time, read(data.header["time"], blob).astype(np.float64))
    times = read(data.header["time"], blob)
    rows = [int(np.abs(times - t).argmin()) for t in motion.time[motion.valid]]
    assert rows == at.tolist() and own.any()
    index, weight = read(person["bone_index"], blob), read(person["bone_weight"], blob)
    drawn = posed(person, blob, read(person["vertices"], blob), index, weight)[rows]
    pose = forward(MODEL, person_of(motion), motion.coordinates[motion.valid])
    true = skin(MODEL, person_of(motion), pose, page_mesh().vertices)
    error = 1e3 * np.linalg.norm(drawn - true, axis=2)
    assert error.max() < 5 and error.mean() < 0.5  # length groups of neighbours differ, as in glTF
    joints = read(person["joint_position"], blob)[rows][:, :24]
    assert np.abs(joints - motion.joints[motion.valid]).max() < 2e-4


def test_angles_are_in_degrees_without_jumps_and_missing_where_the_person_is_not(data: PageData):
    person, header = data.header["people"][1], data.header
    values, there = read(person["values"], data.blob), read(person["present"], data.blob).astype(bool)
    assert np.isnan(values[~there]).all() and np.isfinite(values[there]).all()
    names = [one["name"] for one in header["coordinates"]]
    heading = values[there][:, names.index("pelvis_rotation")]
    assert np.abs(np.diff(heading)).max() < 30 and np.ptp(heading) > 120
    knee = header["coordinates"][names.index("knee_angle_l")]
    assert (knee["side"], knee["group"], knee["unit"], knee["label"]) == ("l", "knee", "deg", "knee flexion")
    sigma = read(header["people"][0]["value_sigma"], data.blob)
    assert sigma[0, names.index("knee_angle_l")] == pytest.approx(np.degrees(0.02), abs=0.01)
    assert sigma[0, names.index("pelvis_tx")] == pytest.approx(0.02, abs=0.01)


def test_feet_share_the_weight_as_the_forces_say(data: PageData):
    person, blob = data.header["people"][0], data.blob
    assert person["force_names"] == ["right foot", "left foot"]
    there = read(person["present"], blob).astype(bool)
    right, left = (read(person["foot_force"][side], blob)[there] for side in ("right", "left"))
    assert right == pytest.approx(0.5 + 0.4 * np.sin(2 * np.pi * TIMES), abs=1e-3)
    assert right + left == pytest.approx(1.0, abs=2e-3)
    at = read(person["force_at"], blob)[there]
    assert (at[:, 0, 2] > 0.03).all() and (at[:, 1, 2] < -0.03).all() and np.abs(at[..., 1]).max() < 0.002
    assert read(person["explained"], blob)[there].sum() == FRAMES - 5
    other = data.header["people"][1]
    assert other["force"] is None and other["foot_force"] is None and other["explained"] is None


def test_verdicts_are_the_sentences_of_the_run(data: PageData):
    report, people = run_report(), data.header["people"]
    lines = [(line["level"], line["text"]) for line in people[0]["verdict"]["lines"]]
    angles = ("good", "angles: all arms and legs were seen in most frames; body and video differ by 12 mm")
    told = [(r["level"], r["text"]) for r in report["people"][0]["certificate"]["remarks"]]
    assert lines == [*told[:1], angles, *told[1:]]
    assert people[1]["verdict"] == {
        "grade": "care", "lines": [{"level": "care", "text": report["people"][1]["notes"][0]}]
    }  # fmt: skip
    assert ("stature", "1.70 ± 0.02 m (given)") in people[0]["facts"]
    assert people[0]["certificate"]["header"][1:3] == ["before physics", "after physics"]
    assert people[1]["certificate"] is None
    assert [note["text"] for note in data.header["notes"]] == [
        "warning: the file is damaged",
        "camera: focal length 130 px (given)",
        "person 1 left out: seen in 3 frames",
    ]


def test_files_of_several_people_say_whose_they_are():
    names = ["overlay.mp4", "person_0/motion.npz", "person_1/motion.npz", "person_1/unknown.xyz"]
    labels = [label for _, label in download_labels(names)]
    assert labels[0] == "video with overlay"
    assert labels[1:] == [f"person {n}: everything, for Python" for n in (0, 1)]
    assert download_labels(names[:2])[1] == ("person_0/motion.npz", "everything, for Python")


def test_the_surface_of_the_page_is_closed_as_the_body_and_lies_on_it():
    mesh = page_mesh()
    assert len(mesh.vertices) < 5000
    edges = np.sort(mesh.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] <= 2).all()
    centres = MODEL.vertices[mesh.vertices][mesh.faces].mean(axis=1)
    whole = MODEL.vertices[MODEL.faces].mean(axis=1)
    near = cKDTree(np.concatenate([MODEL.vertices, whole])).query(centres)[0]
    assert np.quantile(near, 0.99) < 0.012
    volumes = [np.einsum("fi,fi->", a, np.cross(b, c)) / 6 for a, b, c in (
        np.moveaxis(MODEL.vertices[MODEL.faces], 1, 0),
        np.moveaxis(MODEL.vertices[mesh.vertices][mesh.faces], 1, 0),
    )]  # fmt: skip
    assert volumes[1] == pytest.approx(volumes[0], rel=0.01)


class Scripts(HTMLParser):
    """Contents of the scripts of a page, by id."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: dict[str | None, str] = {}
        self._inside: str | None = None

    def handle_starttag(self, tag, attrs):
        if tag == "script":
            self._inside = dict(attrs).get("id")
            self.found[self._inside] = ""

    def handle_data(self, data):
        if self._inside is not None:
            self.found[self._inside] += data

    def handle_endtag(self, tag):
        self._inside = None


def test_the_page_holds_its_data_whatever_the_video_is_called(run: Path, data: PageData, monkeypatch):
    monkeypatch.setattr(page_module, "page_template", lambda splats: f"<html><body>{MARK}</body></html>\n")
    path = write_page(run, run_report())
    scripts = Scripts()
    scripts.feed(path.read_text("utf-8"))
    header = json.loads(scripts.found["borelli-data"])
    assert header["title"] == NAME
    assert base64.b64decode(scripts.found["borelli-blobs"]) == data.blob
    assert header["video"]["src"].startswith("data:video/mp4;base64,")


def test_the_report_comes_first_among_the_files_of_a_run(run: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page_module, "page_template", lambda splats: f"<body>{MARK}</body>")
    report = with_page(run, run_report(), "warnings")
    assert report["files"] == ["report.html", *run_report()["files"]]
    assert report["seconds"]["report"] > 0 and report["warnings"] == run_report()["warnings"]


def test_a_large_video_is_linked(run: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("borelli.report.page_picture.LARGEST_INSIDE", 10)
    assert page_data(find_shown(run), embed=True).header["video"] == {"src": "overlay.mp4", "start": 0.0}


def test_a_photo_is_a_page_of_one_frame(tmp_path: Path):
    whole = swaying_motion()
    names = ("time", "coordinates", "joints", "joints_camera", "joint_sigma", "landmarks", "T_camera_world",
             "keypoints", "contacts", "valid")  # fmt: skip
    first = {name: getattr(whole, name)[:1] for name in names}
    bare = {name: None for name in ("coordinate_sigma", "forces", "torques", "residual_wrench", "explained",
                                    "contact_points", "support")}  # fmt: skip
    save_motion(tmp_path / "person_0" / "motion.npz", replace(whole, **first, **bare))
    Image.new("RGB", (16, 12)).save(tmp_path / "overlay.jpg")
    (tmp_path / "run.json").write_text("{}")
    report = {"video": "photo.jpg", "people": [], "files": [], "seconds": {}}
    shown = replace(find_shown(tmp_path), report=report)
    header = page_data(shown, embed=True).header
    assert header["frame_rate"] is None and header["time"]["shape"] == [1]
    assert header["video"]["image"].startswith("data:image/jpeg;base64,")
    assert (header["video"]["width"], header["video"]["height"]) == (16, 12)


def test_a_recording_has_neither_camera_nor_video(tmp_path: Path):
    motion = moving_person()
    away = replace(motion, width=0, height=0, T_camera_world=np.full((40, 4, 4), np.nan),
                   K=np.full((3, 3), np.nan), joint_sigma=np.full((40, 24), np.nan))  # fmt: skip
    save_motion(tmp_path / "motion.npz", away)
    header = page_data(find_shown(tmp_path / "motion.npz"), embed=True).header
    assert header["camera"] is None and header["video"] is None and header["notes"] == []
    person = header["people"][0]
    assert person["joint_sigma"] is None and person["verdict"] == {"grade": "info", "lines": []}
    assert header["title"] == "motion.npz"


def test_gaussians_of_an_avatar_move_with_the_body(tmp_path: Path):
    motion = swaying_motion()
    person = person_of(motion)
    avatar: Avatar = start_avatar(MODEL, person, StartConfig(count=800))
    save_motion(tmp_path / "person_0" / "motion.npz", motion)
    saved = SavedAvatar(avatar, person, 0.004, MODEL.version)
    save_avatar(tmp_path / "person_0" / "avatar.npz", saved)
    found = page_data(find_shown(tmp_path), embed=False)
    entry, blob = found.header["people"][0], found.blob
    splats = {name: read(ref, blob) for name, ref in entry["splats"].items()}
    drawn = posed(entry, blob, splats["position"], splats["bone_index"], splats["bone_weight"])[-1]
    true = pose_avatar(avatar, MODEL, person, motion.coordinates[-1]).gaussians.means
    error = 1e3 * np.linalg.norm(drawn[:, None] - true[None], axis=2).min(axis=1)
    # of a triangle whose corners follow different bones, a place inside is only nearly the mixture
    assert np.quantile(error, 0.95) < 4 and error.max() < 20 and np.median(error) < 0.5
    assert (splats["bone_weight"].astype(int).sum(axis=1) == 255).all()


@given(arrays(np.float64, (5, 4), elements=st.floats(0, 1)).filter(lambda w: (w.sum(axis=1) > 0.1).all()))
def test_whole_weights_sum_to_255_and_stay_near(weights):
    units = whole_weights(weights)
    assert (units.sum(axis=1) == 255).all() and (units >= 0).all()
    assert np.abs(units / 255 - weights / weights.sum(axis=1, keepdims=True)).max() < 4 / 255


def test_a_run_is_kept_when_its_page_cannot_be_written(run: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> Path:
        raise ZeroDivisionError("no such page")

    monkeypatch.setattr("borelli.pipeline.page.write_page", broken)
    kept = with_page(run, run_report(), "warnings")
    assert kept["files"] == run_report()["files"] and "report" not in kept["seconds"]
    assert kept["warnings"][-1].endswith("ZeroDivisionError: no such page")


def test_a_package_without_the_page_says_how_to_get_it(run: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(page_module, "files", lambda package: tmp_path)
    kept = with_page(run, run_report(), "warnings")
    assert "pip install" in kept["warnings"][-1]
    (tmp_path / "page.html").write_text("no mark")
    with pytest.raises(BorelliError, match="damaged"):
        write_page(run, run_report())
