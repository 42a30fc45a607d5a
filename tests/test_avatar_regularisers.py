"""Regularisers of an avatar: what they leave alone, what they oppose, and their gradients."""

from dataclasses import fields, replace

import numpy as np
import pytest

from borelli.avatar.avatar import Avatar
from borelli.avatar.regularisers import (
    RegulariserConfig,
    alignment_term,
    anchor,
    coverage_term,
    evenness_term,
    flatness_term,
    regularise,
    surface_term,
)
from borelli.avatar.start import StartConfig, start_avatar
from borelli.body.model import BodyModel, average_person, body_model

CONFIG = RegulariserConfig()


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return body_model()


@pytest.fixture(scope="module")
def start(model: BodyModel) -> Avatar:
    return start_avatar(model, average_person(), StartConfig(count=400))


def test_the_start_avatar_costs_nothing(model, start) -> None:
    value, gradients = regularise(start, anchor(start, model))
    assert value == pytest.approx(0.0, abs=1e-12)
    for field in fields(gradients):
        np.testing.assert_allclose(getattr(gradients, field.name), 0.0, atol=1e-12)


def test_cloth_may_stand_out_but_skin_may_not_sink(model, start) -> None:
    fixed = anchor(start, model)

    def cost(moved: float) -> float:
        return surface_term(replace(start, normal_offsets=start.normal_offsets + moved), fixed, CONFIG)[0]

    assert cost(0.029) == 0.0 and cost(-0.0039) == 0.0
    # 15 mm beyond the band of 30 mm: (0.5)^2
    assert cost(0.045) == pytest.approx(0.25)
    assert cost(-0.019) == pytest.approx(0.25)


def test_skin_may_move_as_a_whole_but_not_one_gaussian_alone(model, start) -> None:
    fixed = anchor(start, model)
    together = replace(start, normal_offsets=start.normal_offsets + 0.02)
    assert evenness_term(together, fixed, CONFIG)[0] == pytest.approx(0.0, abs=1e-20)
    alone = together.normal_offsets.copy()
    alone[7] += 0.03
    value, gradient = evenness_term(replace(start, normal_offsets=alone), fixed, CONFIG)
    partners = np.count_nonzero(fixed.pairs == 7)
    assert value == pytest.approx(partners / len(fixed.pairs))
    assert gradient[7] > 0.0 and gradient.sum() == pytest.approx(0.0, abs=1e-12)


def test_alignment_is_the_squared_sine_of_the_tilt_whichever_way_round(start) -> None:
    for angle in (0.3, np.pi - 0.3):
        tilted = np.tile([np.cos(angle / 2), np.sin(angle / 2), 0, 0], (400, 1))
        assert alignment_term(replace(start, quaternions=3 * tilted))[0] == pytest.approx(np.sin(0.3) ** 2)
    spun = np.tile([np.cos(0.4), 0, 0, np.sin(0.4)], (400, 1))
    assert alignment_term(replace(start, quaternions=spun))[0] == pytest.approx(0.0)


def test_holes_cost_and_wider_gaussians_do_not(model, start) -> None:
    fixed = anchor(start, model)
    wider = replace(start, log_scales=start.log_scales + 0.5)
    narrow = replace(start, log_scales=start.log_scales - 1.0)
    faint = replace(start, opacity_logits=np.full(400, -3.0))
    assert coverage_term(wider, fixed, CONFIG)[0] == 0.0
    assert coverage_term(narrow, fixed, CONFIG)[0] > 0.05
    assert coverage_term(faint, fixed, CONFIG)[0] == pytest.approx((0.6 - 0.04743 / 0.99) ** 2, rel=1e-3)


def test_flatness_is_the_squared_logarithm_of_the_ratio(start) -> None:
    round_ones = replace(start, log_scales=np.full((400, 3), -5.0))
    assert flatness_term(round_ones, CONFIG)[0] == pytest.approx(np.log(5.0) ** 2)


def test_gradients_agree_with_finite_differences(model, start) -> None:
    rng = np.random.default_rng(0)
    fixed = anchor(start, model)
    moved = replace(
        start,
        normal_offsets=start.normal_offsets + rng.normal(0, 0.05, 400),
        quaternions=rng.normal(size=(400, 4)),
        log_scales=start.log_scales + rng.normal(-0.8, 0.5, (400, 3)),
        opacity_logits=rng.normal(0, 1, 400),
    )
    _, gradients = regularise(moved, fixed)
    for field in fields(gradients):
        value = getattr(moved, field.name)
        along = rng.normal(size=value.shape)
        step = 1e-6
        ends = [
            regularise(replace(moved, **{field.name: value + s * along}), fixed)[0] for s in (step, -step)
        ]
        expected = (ends[0] - ends[1]) / (2 * step)
        found = np.sum(getattr(gradients, field.name) * along)
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-8), field.name
