"""What the report page does when it is used: curves, cursor, views, layers, zoom, themes, help, photos."""

import io
import re
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest
from PIL import Image
from report_browser import OpenPage, opened
from reported_run import FRAMES, RATE, make_run, other_motion, run_report, swaying_motion
from standing_person import MODEL
from synthetic_clip import CAMERA, T_CAMERA_WORLD

from borelli.avatar.files import SavedAvatar, save_avatar
from borelli.avatar.start import StartConfig, start_avatar
from borelli.errors import BorelliError
from borelli.motion.motion import Motion, save_motion
from borelli.pipeline.files import person_of
from borelli.report.page import page_template, write_page
from borelli.report.page_surfaces import surface_entries

ORANGE, BLUE, GREEN = (232, 118, 26), (47, 127, 224), (20, 163, 127)
"""Left, right and contacts in the 3D view."""
EDGE = (93, 104, 120)
"""Of raised surfaces, in light colours."""
FORCES = "forces, contacts"
CANVAS = "#view canvas:not(.backdrop)"
LEFT_MARGIN, RIGHT_MARGIN = 40, 8
"""Pixels of a chart beside its curves."""
LAST = (FRAMES - 1) / RATE


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    try:
        page_template(splats=False)
    except BorelliError as error:
        pytest.skip(str(error))
    run = make_run(tmp_path_factory.mktemp("run"))
    leaving = other_motion()
    save_motion(run / "person_3" / "motion.npz", replace(leaving, time=np.arange(len(leaving.time)) / RATE))
    return write_page(run, run_report()).as_uri()


@pytest.fixture(scope="module")
def desktop(chromium: object, address: str) -> Iterator[OpenPage]:
    with opened(chromium, address, viewport={"width": 1200, "height": 1000}) as page:
        yield page
    assert page.messages == []


@pytest.fixture
def page(desktop: OpenPage) -> OpenPage:
    """At the first frame, all layers but the uncertainty shown, seen obliquely."""
    show(desktop, surface=True, skeleton=True, uncertainty=False, **{FORCES: True, "video camera": True})
    desktop.run("() => { borelli.pause(); borelli.person(0); borelli.seek(0); borelli.view('orbit'); }")
    return desktop


def show(page: OpenPage, **layers: bool) -> None:
    """Tick or untick what the 3D view shows."""
    for name, wanted in layers.items():
        box = page.page.get_by_label(name, exact=True)  # type: ignore[attr-defined]
        box.set_checked(wanted)


def view(page: OpenPage) -> np.ndarray:
    """(H, W, 3) picture of the 3D view once it shows what was asked for."""
    page.run("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 150)))")
    png = page.page.locator(CANVAS).screenshot()  # type: ignore[attr-defined]
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def painted(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """(N, 2) pixels x, y whose hue is that of a colour, whatever the light."""
    own, wanted = picture / np.linalg.norm(picture, axis=2, keepdims=True).clip(1), np.array(colour)
    rows, columns = np.nonzero(own @ (wanted / np.linalg.norm(wanted)) > 0.985)
    return np.stack([columns, rows], axis=1)


def readout(page: OpenPage, title: str) -> str:
    found = page.page.locator("figure", has_text=title).locator(".readout")  # type: ignore[attr-defined]
    return found.inner_text().replace("−", "-")


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text)]


def chart(page: OpenPage, title: str = "hip flexion") -> dict:
    box = page.page.locator("figure", has_text=title).locator("canvas")  # type: ignore[attr-defined]
    box.scroll_into_view_if_needed()
    return box.bounding_box()


def place(box: dict, second: float) -> tuple[float, float]:
    """Where in the window a chart that shows the whole clip has a moment."""
    width = box["width"] - LEFT_MARGIN - RIGHT_MARGIN
    return box["x"] + LEFT_MARGIN + second / LAST * width, box["y"] + box["height"] / 2


def test_values_under_the_cursor_are_the_motions(page: OpenPage):
    motion = swaying_motion()
    for frame in (0, 31, FRAMES - 1):
        page.run(f"() => borelli.seek({frame / RATE})")
        for title, name in (("knee flexion", "knee_angle"), ("hip flexion", "hip_flexion")):
            truth = [np.degrees(motion.coordinate(f"{name}_{side}")[frame]) for side in "lr"]
            assert numbers(readout(page, title)) == pytest.approx(truth, abs=0.07)
        weights = [0.5 - 0.4 * np.sin(2 * np.pi * frame / RATE), 0.5 + 0.4 * np.sin(2 * np.pi * frame / RATE)]
        assert numbers(readout(page, "ground force")) == pytest.approx(weights, abs=0.01)


def test_the_cursor_stands_at_the_moment_and_a_click_goes_there(page: OpenPage):
    box = chart(page)
    for second in (0.5, 1.5):
        page.page.mouse.click(*place(box, second))  # type: ignore[attr-defined]
        assert page.state()["time"] == pytest.approx(second, abs=0.02)
        line = page.page.locator("figure .cursor").first.bounding_box()  # type: ignore[attr-defined]
        assert line["x"] == pytest.approx(place(box, second)[0], abs=1.5)


def test_shift_drag_looks_closer_and_a_double_click_shows_everything(page: OpenPage):
    box, mouse = chart(page), page.page.mouse  # type: ignore[attr-defined]
    page.page.keyboard.down("Shift")  # type: ignore[attr-defined]
    mouse.move(*place(box, 0.5))
    mouse.down()
    mouse.move(*place(box, 1.0))
    mouse.up()
    page.page.keyboard.up("Shift")  # type: ignore[attr-defined]
    page.run("() => borelli.seek(0.75)")
    line = page.page.locator("figure .cursor").first  # type: ignore[attr-defined]
    assert line.bounding_box()["x"] == pytest.approx(place(box, LAST / 2)[0], abs=6)
    page.run("() => borelli.seek(1.5)")
    assert line.bounding_box()["x"] == pytest.approx(place(box, 0.1 * LAST)[0], abs=6)
    mouse.dblclick(*place(box, 1.5))
    page.run("() => borelli.seek(1.5)")
    assert line.bounding_box()["x"] == pytest.approx(place(box, 1.5)[0], abs=1.5)


def test_joints_and_sides_can_be_chosen(page: OpenPage):
    figures, buttons = page.page.locator("#plots figure"), page.page.locator("#plots .chips")  # type: ignore[attr-defined]
    before = figures.count()
    neck = buttons.get_by_role("button", name="neck")
    neck.click()
    assert figures.count() == before + 3 and neck.get_attribute("aria-pressed") == "true"
    neck.click()
    assert figures.count() == before
    left = buttons.get_by_role("button", name="left")
    left.click()
    assert "L" not in readout(page, "knee flexion") and "R" in readout(page, "knee flexion")
    left.click()
    assert "L" in readout(page, "knee flexion")


def test_from_the_front_the_left_side_is_on_the_right(page: OpenPage):
    show(page, surface=False, **{FORCES: False})
    page.run("() => borelli.view('front')")
    picture = view(page)
    left, right = painted(picture, ORANGE), painted(picture, BLUE)
    assert min(len(left), len(right)) > 50
    assert left[:, 0].mean() > right[:, 0].mean() + 8
    assert page.state()["view"] == "front" and page.state()["follow"]


def test_from_the_top_the_body_is_short_and_from_the_side_it_is_tall(page: OpenPage):
    show(page, surface=False, **{FORCES: False})
    tall = {}
    for name in ("top", "side"):
        page.run(f"() => borelli.view('{name}')")
        picture = view(page)
        limbs = np.concatenate([painted(picture, ORANGE), painted(picture, BLUE)])
        tall[name] = np.ptp(limbs[:, 1])
    assert tall["side"] > 1.5 * tall["top"]


def test_the_video_camera_sees_every_point_where_the_video_has_it(page: OpenPage):
    show(page, surface=False, **{FORCES: False})
    page.run("() => borelli.view('camera')")
    picture = view(page)
    height, width = picture.shape[:2]
    motion = swaying_motion()
    own = np.flatnonzero([name.endswith("_l") for name in motion.joint_names])
    points = motion.joints[0, own] @ T_CAMERA_WORLD[:3, :3].T + T_CAMERA_WORLD[:3, 3]
    pixels = points @ np.asarray(CAMERA.K).T
    pixels = pixels[:, :2] / pixels[:, 2:]
    scale = min(width / CAMERA.width, height / CAMERA.height)
    corner = (np.array([width, height]) - scale * np.array([CAMERA.width, CAMERA.height])) / 2
    wanted, found = corner + scale * pixels, painted(picture, ORANGE)
    distance = np.linalg.norm(wanted[:, None] - found[None], axis=2).min(axis=1)
    assert np.median(distance) < 3 and distance.max() < 8


def inside_view(picture: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Where pixels (N, 2) of the video are in a picture of the 3D view through the video's camera."""
    size = np.array([picture.shape[1], picture.shape[0]])
    video = np.array([CAMERA.width, CAMERA.height])
    scale = (size / video).min()
    return (size - scale * video) / 2 + scale * pixels


def yellow_columns(picture: np.ndarray) -> np.ndarray:
    """Columns (N,) in which the video's yellow box is seen."""
    return np.unique(np.nonzero((picture[..., 0] > 200) & (picture[..., 2] < 90))[1])


def test_behind_the_view_of_the_video_camera_is_the_video_of_that_moment(page: OpenPage):
    show(page, surface=False, skeleton=False, **{FORCES: False})
    page.run("() => borelli.view('camera')")
    for frame in (5, 50):
        page.run(f"() => borelli.seek({frame / RATE})")
        page.wait(f"() => Math.abs(document.querySelector('video').currentTime - {frame / RATE}) < 0.02")
        picture = view(page)
        box = inside_view(picture, np.array([[2 * frame, 40], [2 * frame + 20, 80]]) - 0.5)
        seen = yellow_columns(picture)
        assert [seen.min(), seen.max()] == pytest.approx(box[:, 0], abs=8)
    show(page, **{"video camera": False})
    page.page.wait_for_timeout(700)  # type: ignore[attr-defined]
    assert len(yellow_columns(view(page))) == 0


def test_the_video_fades_when_the_reader_turns_away(page: OpenPage):
    show(page, surface=False, skeleton=False, **{FORCES: False})
    page.run("() => borelli.view('camera')")
    assert len(yellow_columns(view(page))) > 0
    page.page.locator(CANVAS).hover()  # type: ignore[attr-defined]
    page.page.mouse.down()  # type: ignore[attr-defined]
    page.page.mouse.move(700, 300, steps=3)  # type: ignore[attr-defined]
    page.page.mouse.up()  # type: ignore[attr-defined]
    page.page.wait_for_timeout(700)  # type: ignore[attr-defined]
    assert page.state()["view"] == "orbit" and len(yellow_columns(view(page))) == 0


def raised(motion: Motion, height: float) -> Motion:
    """The same, standing on something."""
    up, q = np.array([0.0, height, 0.0]), motion.coordinates.copy()
    q[:, motion.coordinate_names.index("pelvis_ty")] += height
    assert motion.contact_points is not None and motion.support is not None
    return replace(
        motion,
        coordinates=q,
        joints=motion.joints + up,
        landmarks=motion.landmarks + up,
        contact_points=motion.contact_points + up,
        support=motion.support + height,
    )


def test_what_somebody_stands_on_above_the_floor_is_drawn(chromium: object, tmp_path):
    motion = raised(swaying_motion(), 0.4)
    save_motion(tmp_path / "person_0" / "motion.npz", motion)
    report = run_report()
    path = write_page(tmp_path, report | {"people": report["people"][:1], "files": []})
    (step,) = surface_entries([motion])
    top = np.insert(np.array(step["corners"]), 1, 0.4, axis=1)
    edge = np.concatenate([np.linspace(a, b, 60) for a, b in zip(top, np.roll(top, -1, axis=0), strict=True)])
    seen = edge @ T_CAMERA_WORLD[:3, :3].T + T_CAMERA_WORLD[:3, 3]
    pixels = seen @ np.asarray(CAMERA.K).T
    with opened(chromium, path.as_uri(), color_scheme="light") as page:
        page.picture("report-raised")
        show(page, surface=False, skeleton=False, **{FORCES: False, "video camera": False})
        page.run("() => borelli.view('camera')")
        picture = view(page)
    assert page.messages == []
    wanted = inside_view(picture, pixels[:, :2] / pixels[:, 2:] + 0.5)
    rows, columns = np.nonzero(np.abs(picture - EDGE).max(axis=2) < 45)
    found = np.stack([columns, rows], axis=1)
    distance = np.linalg.norm(wanted[:, None] - found[None], axis=2).min(axis=1)
    assert np.median(distance) < 2 and np.mean(distance < 4) > 0.95


def test_layers_show_and_hide_surface_and_forces(page: OpenPage):
    page.run("() => borelli.view('side')")
    show(page, skeleton=False, **{FORCES: False})
    surface = view(page)
    show(page, surface=False)
    nothing = view(page)
    assert (np.abs(surface - nothing).max(axis=2) > 12).mean() > 0.02
    assert len(painted(nothing, GREEN)) == 0
    show(page, **{FORCES: True})
    assert len(painted(view(page), GREEN)) > 100


def test_forces_that_no_contact_explains_are_not_drawn(page: OpenPage):
    show(page, skeleton=False, surface=False)
    page.run("() => { borelli.view('side'); borelli.seek(38 / 30); }")
    trusted = len(painted(view(page), GREEN))
    page.run("() => borelli.seek(42 / 30)")
    assert len(painted(view(page), GREEN)) < 0.7 * trusted
    mark = page.page.locator("#strip .doubt")  # type: ignore[attr-defined]
    strip = page.page.locator("#strip").bounding_box()  # type: ignore[attr-defined]
    assert mark.count() == 1
    begin = (mark.bounding_box()["x"] - strip["x"]) / strip["width"]
    assert begin == pytest.approx(39.5 / (FRAMES - 1), abs=0.005)


def test_somebody_who_has_left_is_not_shown(page: OpenPage):
    page.run("() => { borelli.person(1); borelli.seek(1.8); }")
    assert readout(page, "knee flexion") == "not in the clip"
    page.run("() => borelli.seek(0.5)")
    assert len(numbers(readout(page, "knee flexion"))) == 2


def test_speed_is_the_videos_too(page: OpenPage):
    keys = page.page.keyboard  # type: ignore[attr-defined]
    keys.press("]")
    assert page.state()["speed"] == 2 and page.run("() => document.querySelector('video').playbackRate") == 2
    for _ in range(5):
        keys.press("[")
    assert page.state()["speed"] == 0.25
    assert page.page.locator("#speed").input_value() == "0.25"  # type: ignore[attr-defined]
    page.run("() => borelli.speed(1)")


def test_dragging_turns_the_view_and_leaves_the_video_camera(page: OpenPage):
    page.run("() => borelli.view('camera')")
    before = view(page)
    box, mouse = page.page.locator(CANVAS).bounding_box(), page.page.mouse  # type: ignore[attr-defined]
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2 + 120, box["y"] + box["height"] / 2, steps=4)
    mouse.up()
    assert page.state()["view"] == "orbit"
    assert (np.abs(view(page) - before).max(axis=2) > 20).mean() > 0.01


def test_the_theme_changes_and_can_be_changed_back(page: OpenPage):
    def brightness() -> float:
        return float(view(page).mean())

    light = brightness()
    page.page.locator("#theme").click()  # type: ignore[attr-defined]
    assert brightness() < 0.4 * light
    page.page.locator("#theme").click()  # type: ignore[attr-defined]
    assert brightness() == pytest.approx(light, rel=0.02)


def test_help_opens_by_a_key_and_keeps_the_keys_to_itself(page: OpenPage):
    keys, dialog = page.page.keyboard, page.page.locator("#help")  # type: ignore[attr-defined]
    keys.press("?")
    assert dialog.is_visible()
    keys.press("ArrowRight")
    assert page.state()["frame"] == 0
    keys.press("Escape")
    assert not dialog.is_visible()
    keys.press("ArrowRight")
    assert page.state()["frame"] == 1


def one_frame(motion: Motion) -> Motion:
    values = {field.name: getattr(motion, field.name) for field in fields(Motion)}
    long = {
        name: value[:1]
        for name, value in values.items()
        if isinstance(value, np.ndarray) and len(value) == FRAMES
    }
    return replace(motion, **long)


def test_a_single_moment_has_a_table_of_angles_and_no_time_line(chromium: object, tmp_path):
    motion = one_frame(swaying_motion())
    save_motion(tmp_path / "person_0" / "motion.npz", motion)
    report = run_report()
    path = write_page(tmp_path, report | {"people": report["people"][:1], "files": []})
    with opened(chromium, path.as_uri()) as page:
        assert not page.page.locator("#transport").is_visible()  # type: ignore[attr-defined]
        row = page.page.get_by_role("row").filter(has_text="knee flexion").inner_text()  # type: ignore[attr-defined]
        page.picture("report-photo")
    assert page.messages == []
    left = np.degrees(motion.coordinate("knee_angle_l")[0])
    assert numbers(row.replace("−", "-"))[0] == pytest.approx(left, abs=0.07)
    assert "0 to 155°" in row


def test_an_avatar_is_drawn_in_its_colours_and_moves_with_the_body(chromium: object, tmp_path):
    motion = swaying_motion()
    person = person_of(motion)
    avatar = start_avatar(MODEL, person, StartConfig(count=3000))
    violet = replace(avatar, colours=np.tile([0.7, 0.1, 0.9], (len(avatar.colours), 1)))
    save_motion(tmp_path / "person_0" / "motion.npz", motion)
    save_avatar(tmp_path / "person_0" / "avatar.npz", SavedAvatar(violet, person, 0.004, MODEL.version))
    report = run_report()
    path = write_page(tmp_path, report | {"people": report["people"][:1], "files": []})
    with opened(chromium, path.as_uri()) as page:
        assert page.state()["splats"]
        page.run("() => borelli.view('side')")
        page.page.wait_for_timeout(1000)  # type: ignore[attr-defined]
        down = painted(view(page), (179, 26, 230))
        page.picture("report-avatar")
        page.run("() => borelli.seek(1.95)")
        page.page.wait_for_timeout(500)  # type: ignore[attr-defined]
        raised = painted(view(page), (179, 26, 230))
        show(page, avatar=False)
        hidden = painted(view(page), (179, 26, 230))
    assert page.messages == []
    assert min(len(down), len(raised)) > 1000 and len(hidden) == 0
    assert np.ptp(raised[:, 0]) > 1.3 * np.ptp(down[:, 0])
