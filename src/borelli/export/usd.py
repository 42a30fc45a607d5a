"""USD: the skinned, animated person of the GLB as UsdSkel, for Omniverse, Houdini and Blender.

Metres, Y up, facing +Z, one time code per frame. Needs the extra `usd` (usd-core).
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_pose, skin
from borelli.errors import BorelliError
from borelli.export.rig import Rig, bind_transforms
from borelli.geometry.frames import R_ZFRONT_XFRONT, make_transform
from borelli.geometry.rotations import quaternion_from_matrix, unflip_quaternions


def write_usd(path: Path, model: BodyModel, person: Person, rig: Rig, rate: float) -> None:
    """Write every frame of a rig, evenly spaced, as .usda, .usdc or .usd.

    Raises:
        BorelliError: usd-core is not installed.
    """
    try:
        Usd, UsdGeom, UsdSkel = (import_module(f"pxr.{name}") for name in ("Usd", "UsdGeom", "UsdSkel"))
    except ImportError as error:
        raise BorelliError("writing USD needs usd-core: pip install 'borelli[usd]'") from error
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(rate)
    stage.SetFramesPerSecond(rate)
    stage.SetStartTimeCode(0)
    stage.SetEndTimeCode(len(rig.rotations) - 1)
    root = UsdSkel.Root.Define(stage, "/person")
    stage.SetDefaultPrim(root.GetPrim())
    joints = joint_paths(rig)
    skeleton = UsdSkel.Skeleton.Define(stage, "/person/skeleton")
    skeleton.CreateJointsAttr(joints)
    skeleton.CreateBindTransformsAttr(_matrices(bind_transforms(model, person)))
    skeleton.CreateRestTransformsAttr(
        _matrices(make_transform(np.tile(np.eye(3), (len(joints), 1, 1)), _rest(rig)))
    )
    _animate(stage, skeleton, rig, joints)
    _add_skin(stage, skeleton, model, person)
    stage.GetRootLayer().Save()


def joint_paths(rig: Rig) -> list[str]:
    """`pelvis/femur_r/tibia_r`; characters that USD does not allow become `_`."""
    paths: list[str] = []
    for name, parent in zip(rig.names, rig.parents, strict=True):
        own = "".join(letter if letter.isalnum() else "_" for letter in name)
        paths.append(own if parent < 0 else f"{paths[parent]}/{own}")
    return paths


def _animate(stage: Any, skeleton: Any, rig: Rig, joints: list[str]) -> None:
    UsdSkel, Vt = import_module("pxr.UsdSkel"), import_module("pxr.Vt")
    animation = UsdSkel.Animation.Define(stage, "/person/skeleton/motion")
    animation.CreateJointsAttr(joints)
    animation.CreateScalesAttr(Vt.Vec3hArray.FromNumpy(np.ones((len(joints), 3), dtype=np.float16)))
    turns, moves = animation.CreateRotationsAttr(), animation.CreateTranslationsAttr()
    wxyz = unflip_quaternions(quaternion_from_matrix(rig.local_rotations))
    xyzw = wxyz[..., [1, 2, 3, 0]].astype(np.float32)
    offsets = _rest(rig).astype(np.float32)
    for frame in range(len(rig.rotations)):
        offsets[0] = rig.positions[frame, 0]
        turns.Set(Vt.QuatfArray.FromNumpy(np.ascontiguousarray(xyzw[frame])), frame)
        moves.Set(Vt.Vec3fArray.FromNumpy(offsets.copy()), frame)
    binding = UsdSkel.BindingAPI.Apply(skeleton.GetPrim())
    binding.CreateAnimationSourceRel().SetTargets([animation.GetPath()])


def _add_skin(stage: Any, skeleton: Any, model: BodyModel, person: Person) -> None:
    UsdGeom, UsdSkel, Vt = (import_module(f"pxr.{name}") for name in ("UsdGeom", "UsdSkel", "Vt"))
    mesh = UsdGeom.Mesh.Define(stage, "/person/body")
    points = skin(model, person, bind_pose(model, person))[0] @ R_ZFRONT_XFRONT.T.astype(np.float32)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(points)))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(model.faces), 3, dtype=np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(model.faces.reshape(-1).astype(np.int32)))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
    influences = model.skin_segments.shape[1]
    indices = binding.CreateJointIndicesPrimvar(False, influences)
    indices.Set(Vt.IntArray.FromNumpy(model.skin_segments.reshape(-1).astype(np.int32)))
    weights = binding.CreateJointWeightsPrimvar(False, influences)
    weights.Set(Vt.FloatArray.FromNumpy(model.skin_weights.reshape(-1).astype(np.float32)))


def _rest(rig: Rig) -> np.ndarray:
    """(J, 3) of each joint in its parent in the T-pose, of the root in the world."""
    return np.concatenate([rig.rest[:1], rig.offsets[1:]])


def _matrices(transforms: np.ndarray) -> Any:
    """USD multiplies row vectors from the left, so that its matrices are transposed."""
    Vt = import_module("pxr.Vt")
    return Vt.Matrix4dArray.FromNumpy(np.ascontiguousarray(np.swapaxes(transforms, -1, -2)))
