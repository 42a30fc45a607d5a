"""Words in the picture: names of people and the legend."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from borelli.report.raster import draw_rod, stamp

SIZE = 16
MARGIN = 12
WHITE, BLACK = np.array([255, 255, 255]), np.zeros(3, dtype=np.int64)


@cache
def text_mask(text: str) -> np.ndarray:
    """Coverage (h, w) uint8 of a line of text in the font that ships with Pillow."""
    font = ImageFont.load_default(SIZE)
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (int(np.ceil(right - left)) + 2, int(np.ceil(bottom - top)) + 2))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, fill=255, font=font)
    return np.asarray(picture)


def draw_text(picture: np.ndarray, text: str, x: int, y: int) -> int:
    """White text with a dark outline, top-left corner at (x, y); returns its width in pixels."""
    mask = text_mask(text)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1)):
        stamp(picture, mask, x + dx, y + dy, BLACK)
    stamp(picture, mask, x, y, WHITE)
    return mask.shape[1]


def draw_legend(picture: np.ndarray, entries: Sequence[tuple[str, tuple[int, int, int]]]) -> None:
    """Names with a dot of their colour, along the lower edge."""
    x, y = MARGIN, picture.shape[0] - MARGIN - SIZE
    for name, colour in entries:
        dot = np.array([x + 5.0, y + SIZE / 2])
        draw_rod(picture, dot, dot, (5.0, 5.0), np.array(colour), 1.0)
        x += 16 + draw_text(picture, name, x + 16, y + (SIZE - text_mask(name).shape[0]) // 2) + 18
