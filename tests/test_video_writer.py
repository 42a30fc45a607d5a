"""Writing video: timestamps, even sizes, and no half-written files."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.video import frames, probe, write_video


def test_times_come_back_from_zero(tmp_path: Path) -> None:
    times = [3.0, 3.04, 3.2, 3.21]
    pictures = ((time, np.zeros((32, 48, 3), np.uint8)) for time in times)
    assert write_video(tmp_path / "out.mp4", pictures) == 4
    read = [frame.time for frame in frames(tmp_path / "out.mp4")]
    assert np.allclose(read, np.array(times) - 3.0, atol=1e-4)


def test_odd_sizes_lose_one_row_and_column(tmp_path: Path) -> None:
    write_video(tmp_path / "odd.mp4", [(0.0, np.zeros((33, 49, 3), np.uint8))])
    info = probe(tmp_path / "odd.mp4")
    assert (info.width, info.height) == (48, 32)


def test_colours_survive(tmp_path: Path) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:] = (200, 60, 30)
    write_video(tmp_path / "colour.mp4", [(0.0, picture), (0.1, picture)])
    image = next(iter(frames(tmp_path / "colour.mp4"))).image
    assert np.abs(image[32, 32].astype(int) - [200, 60, 30]).max() < 8


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write_video(path, [(0.0, np.zeros((32, 32, 3), np.uint8))])
    before = path.read_bytes()

    def failing() -> Iterator[tuple[float, np.ndarray]]:
        yield 0.0, np.full((32, 32, 3), 99, np.uint8)
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_video(path, failing())
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


def test_no_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="no frames to write"):
        write_video(tmp_path / "none.mp4", [])
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="cannot write"):
        write_video(tmp_path / "no" / "out.mp4", [(0.0, np.zeros((32, 32, 3), np.uint8))])
