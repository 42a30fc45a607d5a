"""What people wear: cut of the clothes, colours of cloth, skin and hair, drawn at random."""

from dataclasses import dataclass

import numpy as np

MATERIALS = ("iris", "eye", "brow", "lips", "hair", "shoe", "shirt", "trousers", "skin")
"""In the order in which a sample is tested; skin is what is left."""


@dataclass(frozen=True)
class Outfit:
    """What somebody wears and how it is coloured."""

    paint: np.ndarray
    """(9, 12) float32 per material, see `raster.shade`."""
    sleeve: float
    """Fraction of the arm."""
    leg: float
    """Fraction of the leg; trousers, shorts."""
    hem: float
    """Height of the lower edge of the shirt over the hips."""
    neckline: float
    """Height of the collar over the base of the neck."""
    shoe_top: float
    """Height of the shoes over the sole."""
    hairline: float
    """Height of the hairline over the eyes, on the forehead."""
    hair_fall: float
    """How far hair reaches down at the back, as a slope of the hairline."""
    hair_volume: float
    """Metres."""
    looseness: float
    """Metres between skin and cloth."""


def random_outfit(rng: np.random.Generator) -> Outfit:
    """Everyday and sports clothes; any skin, any hair, seldom bald."""
    skin = SKINS[rng.integers(len(SKINS))] * rng.uniform(0.85, 1.1)
    hair = HAIRS[rng.integers(len(HAIRS))] * rng.uniform(0.7, 1.3)
    paint = {
        "iris": _plain(IRISES[rng.integers(len(IRISES))]),
        "eye": _plain(np.full(3, 0.75)),
        "brow": _plain(0.5 * hair),
        "lips": _plain(skin * [0.85, 0.55, 0.55], gloss=0.1),
        "hair": _plain(hair, gloss=0.15, folds=0.1),
        "shoe": _plain(_cloth(rng), gloss=rng.uniform(0.0, 0.2)),
        "shirt": random_garment(rng, patterned=0.45),
        "trousers": random_garment(rng, patterned=0.15),
        "skin": _plain(skin, gloss=0.06),
    }
    return Outfit(
        paint=np.array([paint[name] for name in MATERIALS], dtype=np.float32),
        sleeve=float(rng.choice([0.03, rng.uniform(0.35, 0.75), rng.uniform(1.2, 1.6), 1.97])),
        leg=float(rng.choice([rng.uniform(0.35, 0.6), rng.uniform(0.6, 0.9), rng.uniform(1.4, 1.7), 1.97])),
        hem=float(rng.uniform(-0.09, 0.07)),
        neckline=float(rng.uniform(-0.02, 0.04)),
        shoe_top=float(rng.choice([0.065, rng.uniform(0.08, 0.14)])),
        hairline=float(0.12 if rng.random() < 0.06 else rng.uniform(0.05, 0.07)),
        hair_fall=float(rng.uniform(0.9, 1.25)),
        hair_volume=float(rng.uniform(0.004, 0.022)),
        looseness=float(rng.uniform(0.001, 0.012)),
    )


SKINS = np.array(
    [[0.75, 0.49, 0.38], [0.66, 0.4, 0.28], [0.5, 0.28, 0.18], [0.33, 0.17, 0.1], [0.15, 0.07, 0.045]]
)
"""Linear reflectance, light to dark."""
HAIRS = np.array(
    [[0.02, 0.015, 0.012], [0.06, 0.03, 0.018], [0.16, 0.08, 0.035], [0.4, 0.25, 0.1], [0.4, 0.4, 0.4]]
)
IRISES = np.array([[0.03, 0.015, 0.01], [0.08, 0.16, 0.3], [0.08, 0.15, 0.07]])


def _plain(colour: np.ndarray, folds: float = 0.0, gloss: float = 0.0) -> np.ndarray:
    return np.r_[colour, colour, np.zeros(3), 0.0, folds, gloss]


def random_garment(rng: np.random.Generator, patterned: float) -> np.ndarray:
    """One row of paint: plain, striped or checked cloth."""
    a, b = _cloth(rng), _cloth(rng)
    kind = float(rng.integers(1, 3)) if rng.random() < patterned else 0.0
    waves = rng.uniform(60.0, 220.0) * (np.eye(3)[1] if rng.random() < 0.7 else np.array([0.7, 0.1, 0.7]))
    if kind == 2.0:
        waves = np.full(3, rng.uniform(50.0, 110.0))
    return np.r_[a, b, waves, kind, rng.uniform(0.03, 0.16), rng.uniform(0.0, 0.05)]


def _cloth(rng: np.random.Generator) -> np.ndarray:
    """Linear colour of some cloth: mostly muted, one in three bright, one in four nearly black or white."""
    hue, kind = rng.uniform(0.0, 1.0), rng.random()
    saturation = 0.1 if kind < 0.25 else rng.uniform(0.2, 0.6) if kind < 0.67 else rng.uniform(0.7, 1.0)
    value = rng.choice([0.03, 0.8]) if kind < 0.25 else np.exp(rng.uniform(np.log(0.05), np.log(0.7)))
    wheel = np.clip(np.abs((hue * 6.0 + np.array([0.0, 4.0, 2.0])) % 6.0 - 3.0) - 1.0, 0.0, 1.0)
    return value * (1.0 - saturation + saturation * wheel)
