"""Rows about the body: numpy against MuJoCo and OpenSim, segments against de Leva's tables."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward
from borelli.body.mjcf import to_mjcf
from borelli.body.model import Person, body_model
from borelli.body.osim import to_osim
from borelli.body.stature import person_of_stature
from borelli.evaluation.benchmark.rows import Row, Setting, skipped

REFEREES = "joint centres, numpy against"
DE_LEVA = "body against de Leva 1996"
POSES, QUICK_POSES = 1000, 20
STATURES_M = (1.60, 1.75, 1.90)
LENGTHS = {
    ("humerus_r", "ulna_r"): (281.7 / 1741 + 275.1 / 1735) / 2,
    ("ulna_r", "hand_r"): (268.9 / 1741 + 264.3 / 1735) / 2,
    ("femur_r", "tibia_r"): (422.2 / 1741 + 368.5 / 1735) / 2,
    ("tibia_r", "talus_r"): (440.3 / 1741 + 438.6 / 1735) / 2,
}
"""Table 4: distance of joint centres over stature, mean of men (1.741 m) and women (1.735 m)."""
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


def measure(setting: Setting) -> list[Row]:
    """Largest differences over random poses of a random person, and over three statures."""
    rng = np.random.default_rng(setting.seed)
    model = body_model()
    table = model.skeleton
    person = Person(rng.normal(size=model.shape_size), rng.normal(0, 0.05, 10), 1.05)
    low, high = (np.where(np.isfinite(x), x, s) for x, s in ((table.lower, -2.0), (table.upper, 2.0)))
    poses = rng.uniform(low, high, (QUICK_POSES if setting.quick else POSES, len(low)))
    ours = forward(model, person, poses).joints
    note = f"{len(poses)} random poses"
    gap = float(np.abs(_mujoco_joints(person, poses) - ours).max())
    rows = [Row(REFEREES, "MuJoCo, largest difference", "m", gap, at_most=1e-6, note=note)]
    opensim = load_opensim()
    if opensim is None:
        rows.append(skipped(REFEREES, "OpenSim, largest difference", "opensim is not installed"))
    else:
        gap = float(np.abs(_opensim_joints(opensim, person, poses, setting.work) - ours).max())
        rows.append(Row(REFEREES, "OpenSim, largest difference", "m", gap, at_most=1e-4, note=note))
    return rows + _de_leva(setting)


def load_opensim() -> ModuleType | None:
    """The opensim module without its chatter, None when it is not installed."""
    try:
        module = importlib.import_module("opensim")
    except ImportError:
        return None
    module.Logger.setLevelString("Error")
    module.Logger.removeFileSink()
    return module


def _mujoco_joints(person: Person, poses: np.ndarray) -> np.ndarray:
    """(T, J, 3)."""
    table = body_model().skeleton
    mujoco = importlib.import_module("mujoco")  # its stubs lack the compiled part
    compiled = mujoco.MjModel.from_xml_string(to_mjcf(body_model(), person))
    data = mujoco.MjData(compiled)
    address = [compiled.joint(name).qposadr[0] for name in table.coordinate_names]
    body = [compiled.body(name).id for name in table.segment_names]
    joints = np.empty((len(poses), len(body), 3))
    for t, q in enumerate(poses):
        data.qpos[address] = q
        mujoco.mj_kinematics(compiled, data)
        joints[t] = data.xpos[body]
    return joints


def _opensim_joints(opensim: ModuleType, person: Person, poses: np.ndarray, work: Path) -> np.ndarray:
    """(T, J, 3)."""
    table = body_model().skeleton
    path = work / "person.osim"
    path.write_text(to_osim(body_model(), person, "person"), "utf-8")
    model = opensim.Model(str(path))
    state = model.initSystem()
    coordinates = [model.getCoordinateSet().get(name) for name in table.coordinate_names]
    bodies = [model.getBodySet().get(name) for name in table.segment_names]
    joints = np.empty((len(poses), len(bodies), 3))
    for t, q in enumerate(poses):
        for coordinate, value in zip(coordinates, q, strict=True):
            coordinate.setValue(state, float(value), False)
        model.realizePosition(state)
        joints[t] = [body.getPositionInGround(state).to_numpy() for body in bodies]
    return joints


def _de_leva(setting: Setting) -> list[Row]:
    """Largest relative deviation of segment lengths and of mass fractions."""
    model = body_model()
    table, people = model.skeleton, [person_of_stature(model, metres) for metres in STATURES_M]
    lengths = []
    for metres, person in zip(STATURES_M, people, strict=True):
        joints = forward(model, person, np.zeros((1, len(table.coordinate_names)))).joints[0]
        for (a, b), share in LENGTHS.items():
            length = np.linalg.norm(joints[table.segment(a)] - joints[table.segment(b)])
            lengths.append(abs(length / metres / share - 1))
    note = "limbs, statures 1.60, 1.75 and 1.90 m; mean of both sexes"
    rows = [
        Row(DE_LEVA, "segment lengths, largest deviation", "%", 100 * max(lengths), at_most=5.0, note=note)
    ]
    folder = setting.data / "biomech" / "anthropometry"
    if not folder.is_dir():
        return [*rows, skipped(DE_LEVA, "segment masses", f"no tables in {folder}")]
    shares, masses = _mass_fractions(folder), []
    for person in people:
        found = inertia(model, person)
        for part, segments in PARTS.items():
            mass = sum(found.masses[table.segment(name)] for name in segments)
            masses.append(abs(mass / found.mass / shares[part] - 1))
    name = "segment masses, largest deviation"
    return [
        *rows,
        Row(DE_LEVA, name, "%", 100 * float(max(masses)), at_most=12.0, note="of body mass, eight parts"),
    ]


def _mass_fractions(folder: Path) -> dict[str, float]:
    """Share of body mass of each part, mean of the tables of men and women."""
    tables = []
    for sex in ("male", "female"):
        lines = (folder / f"BSP{sex}_ZdeLeva.txt").read_text("utf-8").splitlines()[1:]
        tables.append({row[0].strip(): float(row[2]) for row in (line.split("\t") for line in lines)})
    return {part: (tables[0][part] + tables[1][part]) / 2 for part in PARTS}
