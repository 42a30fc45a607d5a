"""Reading video: orientation, timestamps, damage, and the one-line errors."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from borelli.errors import BorelliError
from borelli.video import Frame, VideoInfo, frames, probe, write_video
from borelli.video.reader import rotate

RED, BLUE = (220, 20, 20), (20, 20, 220)


def two_tone(width: int = 96, height: int = 64) -> np.ndarray:
    """Left half red, right half blue."""
    image = np.zeros((height, width, 3), dtype=np.uint8)
    image[:, : width // 2], image[:, width // 2 :] = RED, BLUE
    return image


def write_rotated(path: Path, degrees: int) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.set_display_rotation(degrees)
        for _ in range(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(two_tone(), format="rgb24")))
        container.mux(stream.encode())


def clip(path: Path, times: list[float]) -> Path:
    write_video(path, ((time, np.full((48, 64, 3), 5 * i, np.uint8)) for i, time in enumerate(times)))
    return path


def reddish(pixel: np.ndarray) -> bool:
    return bool(pixel[0] > 150 > pixel[2])


@pytest.mark.parametrize(
    ("degrees", "size", "red_at"),
    [(0, (96, 64), (32, 10)), (90, (64, 96), (86, 32)), (180, (96, 64), (32, 86)), (270, (64, 96), (10, 32))],
)
def test_rotation_metadata_is_applied(
    tmp_path: Path, degrees: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    path = tmp_path / "turned.mp4"
    write_rotated(path, degrees)
    info = probe(path)
    image = next(iter(frames(path))).image
    assert (info.width, info.height) == size
    assert image.shape == (size[1], size[0], 3)
    assert info.rotation == degrees
    assert reddish(image[red_at])
    assert image.flags.c_contiguous


def test_rotate_by_a_quarter_turn_puts_the_right_edge_on_top() -> None:
    turned = rotate(two_tone(), 90)
    assert tuple(turned[0, 0]) == BLUE
    assert tuple(turned[-1, 0]) == RED


def test_variable_frame_rate_is_kept(tmp_path: Path) -> None:
    times = [0.0, 0.033, 0.1, 0.12, 0.3, 0.31]
    path = clip(tmp_path / "vfr.mp4", times)
    assert np.allclose([frame.time for frame in frames(path)], times, atol=1e-4)


def test_a_time_range_delivers_only_its_frames(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mp4", list(np.arange(50) / 25))
    selected = list(frames(path, start=0.5, end=1.0))
    assert [frame.index for frame in selected] == list(range(len(selected)))
    assert selected[0].time == pytest.approx(0.52)
    assert selected[-1].time == pytest.approx(1.0)
    assert abs(int(selected[0].image[20, 20, 0]) - 5 * 13) < 4


def test_probe_counts_frames_and_rate(tmp_path: Path) -> None:
    info = probe(clip(tmp_path / "clip.mp4", list(np.arange(20) / 25)))
    assert isinstance(info, VideoInfo)
    assert info.frame_count == 20
    assert info.fps == pytest.approx(25, rel=0.06)


def test_a_photo_is_one_upright_frame_with_its_focal_length(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to display
    exif.get_ifd(0x8769)[0xA405] = 26
    Image.fromarray(two_tone()).save(path, exif=exif)
    info = probe(path)
    (frame,) = frames(path)
    assert isinstance(frame, Frame)
    assert frame.image.shape == (96, 64, 3)
    assert reddish(frame.image[10, 30])
    assert info.focal_35mm == 26
    assert info.focal_px == pytest.approx(26 * np.hypot(64, 96) / np.hypot(36, 24))


def test_a_truncated_file_delivers_what_decodes_and_warns(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    rng = np.random.default_rng(0)
    # The index is put in front, so that the cut file still opens.
    with av.open(str(whole), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "5"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for _ in range(40):
            noise = rng.integers(0, 255, (64, 96, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        container.mux(stream.encode())
    content = whole.read_bytes()
    cut.write_bytes(content[: len(content) * 6 // 10])
    with pytest.warns(UserWarning, match=r"damaged or truncated: \d+ of 40 frames"):
        delivered = list(frames(cut))
    assert 5 < len(delivered) < 35


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match=r"gone\.mp4 does not exist"):
        probe(tmp_path / "gone.mp4")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="is a folder"):
        list(frames(tmp_path))


@pytest.mark.parametrize("name", ["notes.mp4", "notes.jpg"])
def test_text_is_not_a_video_or_photo(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("not a picture\n" * 50)
    with pytest.raises(BorelliError, match="can be read") as caught:
        probe(path)
    assert "\n" not in str(caught.value)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.write_bytes(b"")
    with pytest.raises(BorelliError, match=r"empty\.mp4"):
        list(frames(path))


def test_sound_without_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 44100
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(BorelliError, match="no video stream"):
        probe(path)


def test_a_video_without_frames_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hollow.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    with pytest.raises(BorelliError, match=r"hollow\.mkv"):
        probe(path)


def test_a_time_range_without_frames_is_refused(tmp_path: Path) -> None:
    path = clip(tmp_path / "short.mp4", [0.0, 0.04, 0.08])
    with pytest.raises(BorelliError, match="between 5 s and inf s"):
        list(frames(path, start=5.0))
