"""What keeps an avatar a skin while it learns: near the surface, along it, without holes, flat.

The four terms are those of CAMEL (HumanSplatHMR, arXiv 2605.02784, figure 3) for Gaussians that cannot leave
their triangle, with one change: the band that cloth may take up lies outside the body only, as Gaussians that
may sink into it let the silhouette shrink instead of the pose improve. Every term is a mean and has no unit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from borelli.avatar.avatar import Avatar, AvatarGradients
from borelli.body.model import BodyModel

NEIGHBOURS = 6


@dataclass(frozen=True)
class RegulariserConfig:
    """Weights of the terms and what they allow."""

    surface: float = 1.0
    alignment: float = 0.1
    coverage: float = 1.0
    flatness: float = 0.02
    evenness: float = 1.0
    cloth: float = 0.03
    """Metres outside the place of the start avatar that cost nothing."""
    sinking: float = 0.004
    """Metres inside it that cost nothing."""
    least_coverage: float = 0.6
    """Share of the start avatar's coverage that costs nothing."""
    ratio: float = 5.0
    """Of standard deviations along and across the skin."""


@dataclass(frozen=True)
class Anchor:
    """The start avatar, as far as the terms compare with it."""

    normal_offsets: np.ndarray
    """(N,) metres."""
    pairs: np.ndarray
    """(M, 2) neighbouring Gaussians."""
    half_distances: np.ndarray
    """(M,) metres from either to the point between them."""
    coverage: np.ndarray
    """(M,) there."""


def anchor(start: Avatar, model: BodyModel) -> Anchor:
    """What the regularisers of a start avatar need; once per avatar."""
    corners = model.vertices[model.faces[start.faces]]
    places = np.einsum("nk,nka->na", start.barycentric, corners)
    distances, neighbours = KDTree(places).query(places, k=NEIGHBOURS + 1)
    own = np.repeat(np.arange(len(places)), NEIGHBOURS)
    pairs = np.sort(np.stack([own, np.asarray(neighbours)[:, 1:].ravel()], axis=1), axis=1)
    pairs, first = np.unique(pairs, axis=0, return_index=True)
    half = 0.5 * np.asarray(distances)[:, 1:].ravel()[first]
    return Anchor(start.normal_offsets, pairs, half, _coverage(start, pairs, half).sum(axis=1))


def regularise(
    avatar: Avatar, start: Anchor, config: RegulariserConfig | None = None
) -> tuple[float, AvatarGradients]:
    """Weighted sum of the five terms, and its gradient."""
    config = config or RegulariserConfig()
    surface, d_offsets = surface_term(avatar, start, config)
    alignment, d_quaternions = alignment_term(avatar)
    coverage, d_scales, d_logits = coverage_term(avatar, start, config)
    flatness, d_flat = flatness_term(avatar, config)
    evenness, d_even = evenness_term(avatar, start, config)
    value = config.surface * surface + config.alignment * alignment + config.evenness * evenness
    value += config.coverage * coverage + config.flatness * flatness
    gradients = AvatarGradients(
        normal_offsets=config.surface * d_offsets + config.evenness * d_even,
        quaternions=config.alignment * d_quaternions,
        log_scales=config.coverage * d_scales + config.flatness * d_flat,
        opacity_logits=config.coverage * d_logits,
        colours=np.zeros_like(avatar.colours),
    )
    return value, gradients


def surface_term(avatar: Avatar, start: Anchor, config: RegulariserConfig) -> tuple[float, np.ndarray]:
    """Squared distance outside the band, in units of the cloth tolerance; gradient (N,) by offset."""
    moved = avatar.normal_offsets - start.normal_offsets
    beyond = np.maximum(moved - config.cloth, 0.0) + np.minimum(moved + config.sinking, 0.0)
    beyond = beyond / config.cloth
    return float(np.mean(beyond**2)), 2.0 * beyond / config.cloth / len(moved)


def evenness_term(avatar: Avatar, start: Anchor, config: RegulariserConfig) -> tuple[float, np.ndarray]:
    """Squared difference between how far neighbours moved, in cloth tolerances; gradient (N,) by offset.

    Only Gaussians at outlines are told how far cloth reaches: those beside them follow.
    """
    moved = (avatar.normal_offsets - start.normal_offsets) / config.cloth
    step = moved[start.pairs[:, 0]] - moved[start.pairs[:, 1]]
    by_pair = 2.0 * step / config.cloth / len(step)
    count = len(moved)
    gradient = np.bincount(start.pairs[:, 0], by_pair, count) - np.bincount(start.pairs[:, 1], by_pair, count)
    return float(np.mean(step**2)), gradient


def alignment_term(avatar: Avatar) -> tuple[float, np.ndarray]:
    """1 - cos^2 between the flat axis and the triangle's normal; gradient (N, 4) by quaternion."""
    q = avatar.quaternions
    squared = np.sum(q**2, axis=1)
    cosine = (q[:, 0] ** 2 - q[:, 1] ** 2 - q[:, 2] ** 2 + q[:, 3] ** 2) / squared
    signs = np.array([1.0, -1.0, -1.0, 1.0])
    d_cosine = 2.0 * q * (signs - cosine[:, None]) / squared[:, None]
    return float(np.mean(1.0 - cosine**2)), -2.0 * cosine[:, None] * d_cosine / len(q)


def coverage_term(
    avatar: Avatar, start: Anchor, config: RegulariserConfig
) -> tuple[float, np.ndarray, np.ndarray]:
    """Squared lack of coverage between neighbours; gradients by log-scales (N, 3) and logits (N,)."""
    pairs, each = start.pairs, _coverage(avatar, start.pairs, start.half_distances)
    lack = np.maximum(config.least_coverage - each.sum(axis=1) / start.coverage, 0.0)
    by_each = (-2.0 * lack / start.coverage / len(lack))[:, None] * each
    squared = np.exp(avatar.log_scales[pairs, 0] + avatar.log_scales[pairs, 1])
    by_scale = by_each * 0.5 * start.half_distances[:, None] ** 2 / squared
    opacity = 1.0 / (1.0 + np.exp(-avatar.opacity_logits))
    count, flat = len(opacity), pairs.ravel()
    d_scale = np.bincount(flat, by_scale.ravel(), minlength=count)
    d_logits = np.bincount(flat, by_each.ravel(), minlength=count) * (1.0 - opacity)
    return float(np.mean(lack**2)), np.stack([d_scale, d_scale, np.zeros(count)], axis=1), d_logits


def flatness_term(avatar: Avatar, config: RegulariserConfig) -> tuple[float, np.ndarray]:
    """Squared logarithm of how far the ratio of scales is off; gradient (N, 3) by log-scales."""
    along = 0.5 * (avatar.log_scales[:, 0] + avatar.log_scales[:, 1])
    off = along - avatar.log_scales[:, 2] - np.log(config.ratio)
    return float(np.mean(off**2)), 2.0 * off[:, None] * np.array([0.5, 0.5, -1.0]) / len(off)


def _coverage(avatar: Avatar, pairs: np.ndarray, half_distances: np.ndarray) -> np.ndarray:
    """(M, 2) opacity that the two Gaussians of each pair have at the point between them."""
    opacity = 1.0 / (1.0 + np.exp(-avatar.opacity_logits[pairs]))
    squared = np.exp(avatar.log_scales[pairs, 0] + avatar.log_scales[pairs, 1])
    return opacity * np.exp(-0.5 * half_distances[:, None] ** 2 / squared)
