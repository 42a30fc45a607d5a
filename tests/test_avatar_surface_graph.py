"""Colours spread over the skin: what stays, what runs over, and in which direction."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix
from scipy.sparse.csgraph import connected_components

from borelli.avatar.avatar import Avatar
from borelli.avatar.start import StartConfig, start_avatar
from borelli.avatar.surface_graph import MIRRORED, STIFFNESS, SurfaceGraph, spread_colours, surface_graph
from borelli.body.model import BodyModel, average_person, body_model

RED, BLUE = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
CHAIN = SurfaceGraph(csc_matrix([[1.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 1.0]]))


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return body_model()


@pytest.fixture(scope="module")
def avatar(model: BodyModel) -> Avatar:
    return start_avatar(model, average_person(), StartConfig(count=3000))


@pytest.fixture(scope="module")
def graph(avatar: Avatar, model: BodyModel) -> SurfaceGraph:
    return surface_graph(avatar, model)


def places_of(avatar: Avatar, model: BodyModel) -> np.ndarray:
    return np.einsum("nk,nka->na", avatar.barycentric, model.vertices[model.faces[avatar.faces]])


def test_between_two_that_are_shown_lies_their_mean() -> None:
    colours = np.array([RED, [0.0, 1.0, 0.0], BLUE])
    spread = spread_colours(colours, np.array([1e4, 0.0, 1e4]), CHAIN)
    np.testing.assert_allclose(spread, [RED, 0.5 * (RED + BLUE), BLUE], atol=1e-4)


def test_a_glimpse_weighs_against_its_neighbours() -> None:
    spread = spread_colours(np.array([RED, BLUE, RED]), np.array([1e6, 0.1, 1e6]), CHAIN)
    share = 0.1 / (0.1 + 2 * STIFFNESS)
    np.testing.assert_allclose(spread[1], share * BLUE + (1 - share) * RED, atol=1e-5)


def test_what_hangs_on_nothing_takes_the_mean_of_what_is_shown() -> None:
    apart = SurfaceGraph(csc_matrix((3, 3)))
    spread = spread_colours(np.array([RED, BLUE, [0.0, 1.0, 0.0]]), np.array([3.0, 1.0, 0.0]), apart)
    np.testing.assert_allclose(spread[2], 0.75 * RED + 0.25 * BLUE, atol=1e-6)


def test_nothing_shown_changes_nothing(avatar, graph) -> None:
    colours = np.random.default_rng(0).uniform(size=(len(avatar.faces), 3))
    np.testing.assert_array_equal(spread_colours(colours, np.zeros(len(colours)), graph), colours)


def test_colours_stay_within_what_was_shown(avatar, graph) -> None:
    rng = np.random.default_rng(1)
    colours = rng.uniform(0.3, 0.6, (len(avatar.faces), 3))
    shown = rng.uniform(0.0, 2.0, len(colours)) * (rng.random(len(colours)) < 0.4)
    unseen = shown == 0.0
    colours[unseen] = 5.0
    spread = spread_colours(colours, shown, graph)
    seen = colours[~unseen]
    assert (spread >= seen.min(axis=0) - 1e-9).all() and (spread <= seen.max(axis=0) + 1e-9).all()


def test_springs_hold_together_the_whole_skin_and_cost_nothing_for_one_colour(avatar, graph) -> None:
    assert abs(graph.laplacian - graph.laplacian.T).max() < 1e-12
    np.testing.assert_allclose(graph.laplacian @ np.ones(len(avatar.faces)), 0.0, atol=1e-12)
    _, part = connected_components(graph.laplacian, directed=False)
    assert np.bincount(part).max() > 0.97 * len(part)


def test_an_unseen_arm_looks_like_the_other_one(avatar, graph, model) -> None:
    left = places_of(avatar, model)[:, 2] < -0.25
    right = places_of(avatar, model)[:, 2] > 0.25
    colours = np.where(right[:, None], BLUE, RED)
    spread = spread_colours(colours, np.where(left, 0.0, 5.0), graph)
    assert MIRRORED < 1.0 and np.median(spread[left], axis=0) @ BLUE > 0.9


def test_trousers_that_are_seen_from_the_front_end_as_high_at_the_back(avatar, graph, model) -> None:
    places = places_of(avatar, model)
    trousers = places[:, 1] < 0.05
    shown = np.where(places[:, 0] > np.median(places[:, 0]), 5.0, 0.0)
    spread = spread_colours(np.where(trousers[:, None], BLUE, RED), shown, graph)
    trunk = (shown == 0.0) & (np.abs(places[:, 2]) < 0.15)
    for away, wanted in ((-0.12, BLUE), (0.12, RED)):
        there = trunk & (np.abs(places[:, 1] - 0.05 - away) < 0.03)
        assert there.sum() > 5 and np.median(spread[there] @ wanted) > 0.8
