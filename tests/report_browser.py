"""A headless Chromium for tests of pages, one per test process; tests are skipped where there is none."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / ".venv" / "chromium"
"""Where `tools/get_chromium.py` puts one."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PICTURES = Path(os.environ.get("BORELLI_TEST_OUTPUT", ROOT / "test-output"))
"""Folder of screenshots, kept to be looked at."""
FLAGS = (
    *("--no-sandbox", "--no-zygote", "--disable-quic", "--disable-component-update", "--disable-sync"),
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
)
DRAWN = "() => window.borelli && window.borelli.state && window.borelli.state().drawnFrames > 0"
HARMLESS = ("GL Driver Message",)
"""Software WebGL remarks on its own slowness when a picture is read back."""


@dataclass
class OpenPage:
    """A page and what its console said."""

    page: object
    messages: list[str] = field(default_factory=list)

    def run(self, script: str) -> object:
        """Value of an expression in the page."""
        return self.page.evaluate(script)  # type: ignore[attr-defined]

    def state(self) -> dict:
        """What the page says of itself."""
        return self.page.evaluate("() => window.borelli.state()")  # type: ignore[attr-defined]

    def wait(self, condition: str, seconds: float = 60.0) -> None:
        """Until an expression is true."""
        self.page.wait_for_function(condition, timeout=1000 * seconds)  # type: ignore[attr-defined]

    def picture(self, name: str) -> Path:
        """Screenshot into the folder of pictures."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")  # type: ignore[attr-defined]
        return PICTURES / f"{name}.png"


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A running browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    own = (OWN / "chromium").is_file()
    path = OWN / "chromium" if own else next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium; get one with: python tools/get_chromium.py .venv/chromium")
    places = {"LD_LIBRARY_PATH": str(OWN / "lib"), "FONTCONFIG_PATH": str(OWN)} if own else {}
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=[*FLAGS], env={**os.environ, **places}, headless=True
        )
        yield browser
        browser.close()


@contextmanager
def opened(browser: object, address: str, **context: object) -> Iterator[OpenPage]:
    """A page in a context of its own, once its first frame is drawn; a page from disk finds no network.

    `before` is a script that runs before the page's own, `drawn` the condition to wait for.
    """
    size = context.pop("viewport", {"width": 1000, "height": 700})
    before, drawn = context.pop("before", ""), str(context.pop("drawn", DRAWN))
    with browser.new_context(viewport=size, offline=address.startswith("file:"), **context) as own:  # type: ignore[attr-defined]
        page = own.new_page()
        found = OpenPage(page)
        page.on("console", lambda said: found.messages.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: found.messages.append(f"error: {error}"))
        page.add_init_script(str(before))
        page.goto(address)
        found.wait(drawn)
        yield found
        found.messages[:] = [text for text in found.messages if not any(h in text for h in HARMLESS)]
