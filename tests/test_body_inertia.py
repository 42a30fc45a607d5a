"""Segment masses, lengths and stature against published tables."""

from pathlib import Path

import numpy as np
import pytest

from borelli.body.inertia import inertia
from borelli.body.mirror import MIRROR, mirror_index
from borelli.body.model import Person, body_model
from borelli.body.skin import bind_joints, bind_pose, skin
from borelli.body.stature import person_of_stature, stature, stature_gradient
from borelli.body.volume import interior_points
from borelli.errors import BorelliError

MODEL = body_model()
TABLE = MODEL.skeleton
DE_LEVA = Path(__file__).resolve().parents[1].parent / "shared/data/biomech/anthropometry"
PARTS = {
    "Head": ("head",),
    "Trunk": ("pelvis", "lumbar_body", "thorax", "scapula_r", "scapula_l"),
    "Upper arm": ("humerus_r",),
    "Forearm": ("ulna_r", "radius_r"),
    "Hand": ("hand_r",),
    "Thigh": ("femur_r",),
    "Shank": ("tibia_r",),
    "Foot": ("talus_r", "calcn_r", "toes_r"),
}
# de Leva 1996, table 4: joint centre distances / stature, mean of men (1.741 m) and women (1.735 m).
LENGTHS = {
    ("humerus_r", "ulna_r"): (281.7 / 1741 + 275.1 / 1735) / 2,
    ("ulna_r", "hand_r"): (268.9 / 1741 + 264.3 / 1735) / 2,
    ("femur_r", "tibia_r"): (422.2 / 1741 + 368.5 / 1735) / 2,
    ("tibia_r", "talus_r"): (440.3 / 1741 + 438.6 / 1735) / 2,
}


def de_leva_mass_fractions() -> dict[str, float]:
    if not DE_LEVA.exists():
        pytest.skip("de Leva's table is not beside this checkout (shared/data/biomech/anthropometry)")
    tables = []
    for sex in ("male", "female"):
        lines = (DE_LEVA / f"BSP{sex}_ZdeLeva.txt").read_text("utf-8").splitlines()[1:]
        rows = [line.split("\t") for line in lines]
        tables.append({row[0].strip(): float(row[2]) for row in rows})
    return {part: (tables[0][part] + tables[1][part]) / 2 for part in PARTS}


def part_mass(masses: np.ndarray, part: str) -> float:
    return float(sum(masses[TABLE.segment(name)] for name in PARTS[part]))


@pytest.mark.parametrize("metres", [1.60, 1.90])
def test_mass_fractions_are_within_12_percent_of_de_leva(metres: float) -> None:
    found = inertia(MODEL, person_of_stature(MODEL, metres))
    for part, fraction in de_leva_mass_fractions().items():
        assert part_mass(found.masses, part) / found.mass == pytest.approx(fraction, rel=0.12), part


@pytest.mark.parametrize("metres", [1.60, 1.75, 1.90])
def test_segment_lengths_are_within_5_percent_of_de_leva(metres: float) -> None:
    joints = bind_joints(MODEL, person_of_stature(MODEL, metres))
    for (proximal, distal), fraction in LENGTHS.items():
        length = np.linalg.norm(joints[TABLE.segment(proximal)] - joints[TABLE.segment(distal)])
        assert length / metres == pytest.approx(fraction, rel=0.05), proximal


def test_hip_centres_are_as_far_apart_as_published() -> None:
    joints = bind_joints(MODEL, person_of_stature(MODEL, 1.70))
    width = np.linalg.norm(joints[TABLE.segment("femur_r")] - joints[TABLE.segment("femur_l")])
    assert 0.09 <= width / 1.70 <= 0.10


def test_leg_centres_of_mass_lie_where_de_leva_puts_them() -> None:
    person = person_of_stature(MODEL, 1.70)
    found, joints = inertia(MODEL, person), bind_joints(MODEL, person)
    for proximal, distal, fraction in (("femur_r", "tibia_r", 0.385), ("tibia_r", "talus_r", 0.437)):
        j = TABLE.segment(proximal)
        length = np.linalg.norm(joints[j] - joints[TABLE.segment(distal)])
        assert -found.centres[j, 1] / length == pytest.approx(fraction, abs=0.03)


def test_longitudinal_radii_of_gyration_of_the_leg_follow_de_leva() -> None:
    person = person_of_stature(MODEL, 1.70)
    found, joints = inertia(MODEL, person), bind_joints(MODEL, person)
    for proximal, distal, fraction in (("femur_r", "tibia_r", 0.349), ("tibia_r", "talus_r", 0.257)):
        j = TABLE.segment(proximal)
        length = np.linalg.norm(joints[j] - joints[TABLE.segment(distal)])
        assert np.sqrt(found.tensors[j, 2, 2] / found.masses[j]) / length == pytest.approx(fraction, rel=0.15)


def test_interior_volume_equals_the_surface_integral() -> None:
    person = Person(np.zeros(MODEL.shape_size))
    surface = skin(MODEL, person, bind_pose(MODEL, person))[0].astype(float)
    a, b, c = (surface[MODEL.faces[:, k]] for k in range(3))
    _, volumes = interior_points(surface, MODEL.faces, 0.01)
    assert volumes.sum() == pytest.approx(np.sum(a * np.cross(b, c)) / 6, rel=2e-3)


def test_inertia_of_a_box_is_exact() -> None:
    corners = np.array([[x, y, z] for x in (0, 0.2) for y in (0, 0.3) for z in (-0.2, 0.2)], dtype=float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([(q[0], *pair) for q in quads for pair in (q[1:3], q[2:4])])
    points, volumes = interior_points(corners, faces, 0.0101)
    centre = (volumes @ points) / volumes.sum()
    assert volumes.sum() == pytest.approx(0.2 * 0.3 * 0.4, rel=0.03)
    np.testing.assert_allclose(centre, (0.1, 0.15, 0.0), atol=0.003)


def test_mass_is_settable_and_sides_are_equal() -> None:
    rng = np.random.default_rng(0)
    person = Person(rng.normal(size=MODEL.shape_size), rng.normal(0, 0.05, 10))
    found = inertia(MODEL, person, mass=80.0)
    assert found.mass == pytest.approx(80.0)
    partner = mirror_index(TABLE.segment_names)
    np.testing.assert_array_equal(found.masses, found.masses[partner])
    np.testing.assert_allclose(found.centres, found.centres[partner] * MIRROR, atol=1e-15)
    moments = np.linalg.eigvalsh(found.tensors)
    assert (moments > 0).all()
    assert (moments[:, 0] + moments[:, 1] >= moments[:, 2] * (1 - 1e-9)).all()
    assert (found.masses > 0.02).all()


def test_heavier_shapes_weigh_more() -> None:
    light, heavy = (Person(np.eye(MODEL.shape_size)[0] * sign * 2) for sign in (-1, 1))
    assert inertia(MODEL, heavy).mass > 1.3 * inertia(MODEL, light).mass


def test_nonpositive_mass_is_refused() -> None:
    with pytest.raises(BorelliError, match="not positive"):
        inertia(MODEL, Person(np.zeros(MODEL.shape_size)), mass=0.0)


def test_shape_does_not_change_stature_but_scale_does() -> None:
    rng = np.random.default_rng(1)
    shape = rng.normal(size=MODEL.shape_size)
    assert stature(MODEL, Person(shape)) == pytest.approx(1.70, abs=2e-3)
    assert stature(MODEL, Person(shape, scale=1.1)) == pytest.approx(1.87, abs=2e-3)
    lengths = rng.normal(0, 0.05, 10)
    assert stature(MODEL, person_of_stature(MODEL, 1.82, shape, lengths)) == pytest.approx(1.82)


def test_stature_gradient_matches_finite_differences() -> None:
    rng = np.random.default_rng(2)
    shape, lengths, step = rng.normal(size=MODEL.shape_size), rng.normal(0, 0.05, 10), 1e-6
    gradient = stature_gradient(MODEL, Person(shape, lengths, 1.05))
    for u in range(len(gradient)):
        delta = np.zeros(len(gradient))
        delta[u] = step
        a, b = (
            stature(MODEL, Person(shape + d[11:], lengths + d[1:11], float(1.05 * np.exp(d[0]))))
            for d in (delta, -delta)
        )
        assert gradient[u] == pytest.approx((a - b) / (2 * step), abs=1e-8)


def test_absurd_stature_is_refused() -> None:
    with pytest.raises(BorelliError, match="metres"):
        person_of_stature(MODEL, 175.0)
