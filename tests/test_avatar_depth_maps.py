"""Depth maps from files: every format gives the same metres, and every mistake one clear sentence."""

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from borelli.avatar.depth_maps import open_depth_maps
from borelli.errors import BorelliError

METRES = np.array([[1.5, 2.25, 0.0], [3.0, 4.125, 2.0]], dtype=np.float32)
EXPECTED = np.where(METRES > 0, METRES, np.nan)


def write_exr(path: Path, depth: np.ndarray, channel: str = "Z") -> None:
    exr = pytest.importorskip("OpenEXR", reason="OpenEXR is not installed")
    header = {"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}
    exr.File(header, {channel: exr.Channel(depth.astype(np.float32))}).write(str(path))


WRITERS: dict[str, Callable[[Path, np.ndarray], Any]] = {
    ".png": lambda path, depth: Image.fromarray(np.rint(1000 * depth).astype(np.uint16)).save(path),
    ".npy": np.save,
    ".npz": lambda path, depth: np.savez(path, depth=depth),
    ".exr": write_exr,
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_gives_metres_and_nan_where_unknown(tmp_path: Path, suffix: str) -> None:
    for frame in range(3):
        WRITERS[suffix](tmp_path / f"{frame}{suffix}", METRES * (frame + 1))
    maps = open_depth_maps(tmp_path, 3, width=3, height=2)
    for frame in range(3):
        np.testing.assert_allclose(maps.frame(frame), EXPECTED * (frame + 1), rtol=1e-6)
        assert maps.frame(frame).dtype == np.float32


def test_frames_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for frame in (1, 2, 10):
        np.save(tmp_path / f"depth_{frame}.npy", np.full((2, 3), float(frame)))
    maps = open_depth_maps(tmp_path, 3, 3, 2)
    assert [maps.frame(i)[0, 0] for i in range(3)] == [1.0, 2.0, 10.0]


def test_other_files_beside_the_maps_do_not_count(tmp_path: Path) -> None:
    np.save(tmp_path / "0.npy", METRES)
    (tmp_path / "readme.txt").write_text("from a network")
    (tmp_path / ".hidden.npy").write_text("left over")
    assert len(open_depth_maps(tmp_path, 1, 3, 2).files) == 1


def test_what_is_not_finite_or_not_positive_is_unknown(tmp_path: Path) -> None:
    np.save(tmp_path / "0.npy", np.array([[np.inf, -1.0, np.nan], [2.0, 0.0, 1.0]]))
    known = np.isfinite(open_depth_maps(tmp_path, 1, 3, 2).frame(0))
    assert known.tolist() == [[False, False, False], [True, False, True]]


def save(folder: Path, **arrays: np.ndarray) -> None:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda folder: None, r"holds no depth maps; valid: \.exr, \.npy"),
        (lambda folder: save(folder, a=METRES), "holds 1 maps for 2 frames"),
        (lambda folder: save(folder, a=METRES, b=METRES, c=METRES), "holds 3 maps for 2 frames"),
        (lambda folder: save(folder, a=METRES.T, b=METRES), "is 2 x 3, but the frames are 3 x 2"),
        (lambda folder: save(folder, a=METRES[0], b=METRES), "has shape"),
        (lambda folder: save(folder, a=METRES[None], b=METRES), "has shape"),
        (lambda folder: save(folder, a=METRES.astype(int), b=METRES), "give metres as floating-point"),
        (lambda folder: save(folder, a=1000 * METRES, b=METRES), "farther than .* m: give metres"),
        (lambda folder: (folder / "a.npy").write_text("no") and (folder / "b.npy").write_text("no"), "read"),
        (lambda folder: (folder / "a.png").write_text("no") and (folder / "b.png").write_text("no"), "read"),
        (lambda folder: (folder / "a.npz").write_text("no") and (folder / "b.npz").write_text("no"), "read"),
        (lambda folder: save(folder, a=METRES) or WRITERS[".png"](folder / "b.png", METRES), "keep one kind"),
    ],
)
def test_a_wrong_folder_is_explained(
    tmp_path: Path, prepare: Callable[[Path], object], sentence: str
) -> None:
    prepare(tmp_path)
    with pytest.raises(BorelliError, match=sentence) as error:
        open_depth_maps(tmp_path, 2, width=3, height=2)
    assert "\n" not in str(error.value)


def test_a_missing_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="is not a folder"):
        open_depth_maps(tmp_path / "absent", 2, 3, 2)


def test_an_eight_bit_picture_is_not_depth(tmp_path: Path) -> None:
    Image.fromarray(METRES.astype(np.uint8)).save(tmp_path / "0.png")
    with pytest.raises(BorelliError, match="not a 16-bit grey PNG"):
        open_depth_maps(tmp_path, 1, 3, 2)


def test_an_archive_of_several_arrays_must_name_the_map(tmp_path: Path) -> None:
    np.savez(tmp_path / "0.npz", near=METRES, far=METRES)
    with pytest.raises(BorelliError, match="name the map `depth`"):
        open_depth_maps(tmp_path, 1, 3, 2)


def test_a_later_map_of_another_size_is_found_when_it_is_read(tmp_path: Path) -> None:
    save(tmp_path, a=METRES, b=METRES[:1])
    maps = open_depth_maps(tmp_path, 2, 3, 2)
    with pytest.raises(BorelliError, match=r"b\.npy is 3 x 1, but"):
        maps.frame(1)


def test_exr_without_its_package_says_which_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "0.exr").write_bytes(b"")
    original = builtins.__import__

    def refuse(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "OpenEXR":
            raise ImportError(name)
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(BorelliError, match=r"pip install 'borelli\[exr\]'"):
        open_depth_maps(tmp_path, 1, 3, 2)


def test_exr_without_a_depth_channel_lists_its_channels(tmp_path: Path) -> None:
    write_exr(tmp_path / "0.exr", METRES, channel="B")
    with pytest.raises(BorelliError, match="has the channels B; depth is one of Z"):
        open_depth_maps(tmp_path, 1, 3, 2)


def test_a_damaged_exr_is_explained(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR", reason="OpenEXR is not installed")
    (tmp_path / "0.exr").write_bytes(b"not an exr")
    with pytest.raises(BorelliError, match="not a readable depth map"):
        open_depth_maps(tmp_path, 1, 3, 2)
