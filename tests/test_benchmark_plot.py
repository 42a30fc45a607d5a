"""Plots of the benchmark."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from borelli.evaluation.benchmark.plot import Line, Plot, svg, ticks

SVG = "{http://www.w3.org/2000/svg}"


@given(st.floats(1e-3, 1e5))
def test_ticks_are_few_even_and_reach_the_top(top: float) -> None:
    found = ticks(top)
    assert 3 <= len(found) <= 8
    assert found[0] == 0
    assert found[-1] >= top * (1 - 1e-9)
    assert found[-2] < top
    np.testing.assert_allclose(np.diff(found), found[1])


def test_a_plot_is_svg_with_its_lines_and_texts() -> None:
    x = np.array([0.0, 50, 100])
    plot = Plot("a < b", "noise, mm", "% BW", (Line("one", x, np.array([0, 5.0, 10])),), limit=5.0)
    root = ET.fromstring(svg([plot, plot]))
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts.count("a < b") == 2
    assert "noise, mm" in texts
    curve = next(line for line in root.iter(f"{SVG}polyline") if line.get("stroke-width") == "2")
    points = [tuple(map(float, pair.split(","))) for pair in str(curve.get("points")).split()]
    assert points[1][0] - points[0][0] == pytest.approx(points[2][0] - points[1][0])
    assert points[1][1] - points[0][1] == pytest.approx(points[2][1] - points[1][1])
    assert points[2][1] < points[0][1], "up is up"


def test_what_is_not_known_or_too_large_stays_inside() -> None:
    line = Line("x", np.array([0.0, 1, 2]), np.array([1.0, np.nan, 900.0]))
    root = ET.fromstring(svg([Plot("", "", "", (line,), top=10.0)]))
    curve = next(line for line in root.iter(f"{SVG}polyline") if line.get("stroke-width") == "2")
    points = [tuple(map(float, pair.split(","))) for pair in str(curve.get("points")).split()]
    assert len(points) == 2
    assert points[1][1] == pytest.approx(30.0)
