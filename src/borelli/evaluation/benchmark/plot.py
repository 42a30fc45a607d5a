"""Line plots as SVG, small enough to be read in a diff."""

from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420, 300, 56, 12, 30, 46
LEGEND = 190
"""Under rising curves at the right is room for their names."""
COLOURS = ("#1f6f8b", "#d1495b", "#66a182", "#8d6a9f")
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Line:
    """One curve; NaN breaks it."""

    name: str
    x: np.ndarray
    y: np.ndarray
    dashed: bool = False


@dataclass(frozen=True)
class Plot:
    """One pair of axes, both from zero."""

    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    limit: float | None = None
    """Horizontal line: what is still good."""
    top: float | None = None
    """End of the y axis; by default the largest value."""


def svg(plots: list[Plot]) -> str:
    """The plots side by side."""
    parts = [_panel(plot, i * WIDTH) for i, plot in enumerate(plots)]
    size = f'width="{WIDTH * len(plots)}" height="{HEIGHT}"'
    box = f'viewBox="0 0 {WIDTH * len(plots)} {HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} font-family="sans-serif" font-size="12">'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([head, ground, *parts, "</svg>"]) + "\n"


def ticks(top: float) -> np.ndarray:
    """From zero to the first round number not below `top`, in four to eight round steps."""
    if not top > 0:
        return np.array([0.0, 1.0])
    size = 10.0 ** np.floor(np.log10(top / 5))
    step = next(s * size for s in _STEPS if top / (s * size) <= 6)
    return step * np.arange(int(np.ceil(top / step - 1e-9)) + 1)


def _panel(plot: Plot, left: float) -> str:
    x_ticks = ticks(max(float(np.nanmax(line.x)) for line in plot.lines))
    top = plot.top or max(float(np.nanmax(line.y)) for line in plot.lines)
    y_ticks = ticks(max(top, plot.limit or 0.0))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (WIDTH - LEFT - RIGHT) * x / x_ticks[-1]
        up = (HEIGHT - TOP - BOTTOM) * min(y / y_ticks[-1], 1.0)
        return left + LEFT + across, HEIGHT - BOTTOM - up

    parts = [_text(left + WIDTH / 2, 16, plot.title, "middle", bold=True)]
    for value in y_ticks:
        (x0, y), (x1, _) = place(0, value), place(x_ticks[-1], value)
        parts += [_stroke([(x0, y), (x1, y)], "#dddddd"), _text(x0 - 6, y + 4, f"{value:g}", "end")]
    for value in x_ticks:
        x, y = place(value, 0)
        parts.append(_text(x, y + 16, f"{value:g}", "middle"))
    parts.append(_text(left + WIDTH / 2, HEIGHT - 12, plot.x, "middle"))
    parts.append(_text(left + LEFT, TOP - 4, plot.y, "start"))
    if plot.limit is not None:
        parts.append(_stroke([place(0, plot.limit), place(x_ticks[-1], plot.limit)], "#999999", "2 3"))
    for i, line in enumerate(plot.lines):
        colour = COLOURS[i % len(COLOURS)]
        known = np.isfinite(line.y)
        points = [place(a, b) for a, b in zip(line.x[known], line.y[known], strict=True)]
        parts.append(_stroke(points, colour, "6 4" if line.dashed else "", 2.0))
        parts.append(_text(left + WIDTH - RIGHT - 8, LEGEND + 15 * i, line.name, "end", colour))
    return "\n".join(parts)


def _stroke(points: list[tuple[float, float]], colour: str, dashes: str = "", width: float = 1.0) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dash}/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#222222", bold: bool = False) -> str:
    look = f'text-anchor="{anchor}" fill="{colour}"' + (' font-weight="bold"' if bold else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'
