"""`report.html` in a real browser: opened from disk without a network, looked at, played."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from report_browser import OpenPage, opened
from reported_run import make_run, run_report

from borelli.errors import BorelliError
from borelli.report.page import page_template, write_page

CANVAS = "#view canvas:not(.backdrop)"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    try:
        page_template(splats=False)
    except BorelliError as error:
        pytest.skip(str(error))
    run = make_run(tmp_path_factory.mktemp("a folder with spaces"))
    return write_page(run, run_report()).as_uri()


@pytest.fixture(scope="module")
def desktop(chromium: object, address: str) -> Iterator[OpenPage]:
    """One page that several tests look at; each begins at the first frame."""
    with opened(chromium, address) as page:
        yield page
    assert page.messages == []


@pytest.fixture
def page(desktop: OpenPage) -> OpenPage:
    desktop.run("() => { borelli.pause(); borelli.person(0); borelli.seek(0); }")
    settle(desktop)
    return desktop


def settle(page: OpenPage) -> None:
    """Until what was asked for is drawn."""
    page.run("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 250)))")


def shot(page: OpenPage, what: str) -> np.ndarray:
    """(H, W, 3) picture of an element, 0..255."""
    png = page.page.locator(what).first.screenshot()  # type: ignore[attr-defined]
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_the_view_shows_people_and_not_a_blank_canvas(page: OpenPage):
    page.picture("report-desktop")
    view = shot(page, CANVAS)
    background = np.median(view.reshape(-1, 3), axis=0)
    drawn = np.abs(view - background).max(axis=2) > 40
    assert 0.005 < drawn.mean() < 0.6
    rows, columns = np.nonzero(drawn)
    middle = np.array([rows.mean() / view.shape[0], columns.mean() / view.shape[1]])
    assert (np.abs(middle - 0.5) < 0.3).all()


def test_seeking_moves_body_plots_video_and_clock(page: OpenPage):
    before = {what: shot(page, what) for what in (CANVAS, "#plots canvas", "#video")}
    clock = page.page.locator("#clock").inner_text()  # type: ignore[attr-defined]
    page.run("() => borelli.seek(1.4)")
    page.wait("() => Math.abs(document.querySelector('video').currentTime - 1.4) < 0.05")
    settle(page)
    for what, old in before.items():
        assert (np.abs(shot(page, what) - old).max(axis=2) > 30).mean() > 5e-4, what
    assert page.state()["time"] == pytest.approx(1.4, abs=0.02)
    assert page.page.locator("#clock").inner_text() != clock  # type: ignore[attr-defined]


def test_playing_runs_in_real_time_and_draws(page: OpenPage):
    first = page.state()
    page.run("() => borelli.play()")
    page.wait("() => borelli.state().time > 0.5")
    page.run("() => borelli.pause()")
    now = page.state()
    assert now["time"] > 0.5 and now["drawnFrames"] > first["drawnFrames"] + 2 and not now["playing"]


def test_video_and_body_show_the_same_moment_while_playing(page: OpenPage):
    page.run("() => borelli.play()")
    page.wait("() => borelli.state().time > 0.6")
    apart = []
    for _ in range(5):
        difference = page.run("() => borelli.state().time - document.querySelector('video').currentTime")
        apart.append(abs(float(difference)))  # type: ignore[arg-type]
        page.page.wait_for_timeout(100)  # type: ignore[attr-defined]
    page.run("() => borelli.pause()")
    assert np.median(apart) < 0.15  # a busy machine may present single frames late


def test_keys_play_step_and_jump(page: OpenPage):
    keys = page.page.keyboard  # type: ignore[attr-defined]
    keys.press("ArrowRight")
    assert page.state()["frame"] == 1
    keys.press("End")
    last = page.state()
    keys.press("Home")
    assert page.state()["frame"] == 0 and last["frame"] == last["frames"] - 1
    keys.press("Space")
    page.wait("() => borelli.state().playing")
    keys.press("Space")
    assert not page.state()["playing"]


def test_choosing_another_person_changes_verdict_and_plots(page: OpenPage):
    panel = page.page.locator("#panel")  # type: ignore[attr-defined]
    before, curves = panel.inner_text(), shot(page, "#plots canvas")
    page.page.locator("#people button").nth(1).click()  # type: ignore[attr-defined]
    settle(page)
    text = panel.inner_text()
    assert "Left wrist seen in 20 % of frames" in text and "Left wrist seen" not in before
    assert (np.abs(shot(page, "#plots canvas") - curves).max(axis=2) > 30).mean() > 1e-3
    assert "seen in 3 frames" in text and "the file is damaged" in text


def test_everything_that_can_be_pressed_has_a_name(page: OpenPage):
    unnamed = page.run(
        """() => [...document.querySelectorAll("button, input, select, a[href]")]
        .filter(e => e.offsetParent && !(e.ariaLabel || e.innerText || e.labels?.length || e.title))
        .map(e => e.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("phone", {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}),
        ("dark", {"color_scheme": "dark"}),
    ],
)
def test_the_page_fits_a_phone_and_the_dark(chromium: object, address: str, name: str, context: dict):
    with opened(chromium, address, **context) as page:
        settle(page)
        page.picture(f"report-{name}")
        wide = page.run("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        light = shot(page, "body").mean()
        canvas = shot(page, CANVAS)
    assert page.messages == []
    assert wide == 0
    assert (light < 100) == (name == "dark")
    assert (np.abs(canvas - np.median(canvas.reshape(-1, 3), axis=0)).max(axis=2) > 40).mean() > 0.005


def test_without_webgl_the_rest_of_the_page_works(chromium: object, address: str):
    script = (
        "HTMLCanvasElement.prototype.getContext = (get => function (kind, ...rest) {"
        "return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest); })"
        "(HTMLCanvasElement.prototype.getContext)"
    )
    with opened(
        chromium, address, before=script, drawn="() => window.borelli && window.borelli.state"
    ) as page:
        assert not page.state()["webgl"]
        assert page.page.locator("#plots canvas").count() > 0  # type: ignore[attr-defined]
        note = page.run("() => document.getElementById('view').dataset.note")
    assert "WebGL" in str(note)
    assert [said for said in page.messages if said.startswith("error")] == []


def test_the_address_of_the_page_needs_no_server(address: str):
    assert address.startswith("file:") and Path(address.removeprefix("file://").replace("%20", " ")).is_file()
