import sys
from pathlib import Path

import numpy as np
import pytest
from exported_motion import MODEL, moving_person

from borelli.body.kinematics import forward
from borelli.body.skin import skin
from borelli.errors import BorelliError
from borelli.export.rig import make_rig
from borelli.export.take import even_take
from borelli.geometry.frames import R_ZFRONT_XFRONT
from borelli.pipeline.export import ExportConfig, export_motion


def test_usd_skins_the_person_as_the_body_does(tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd, UsdGeom, UsdSkel  # type: ignore[import-not-found]

    motion = moving_person()
    stage = Usd.Stage.Open(str(export_motion(tmp_path, motion, ["usd"], ExportConfig("mixamo"))[0]))
    assert UsdGeom.GetStageUpAxis(stage) == "Y" and UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert (stage.GetEndTimeCode(), stage.GetFramesPerSecond()) == (38, pytest.approx(50))
    cache, root = UsdSkel.Cache(), UsdSkel.Root(stage.GetPrimAtPath("/person"))
    cache.Populate(root, Usd.PrimDefaultPredicate)
    query = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath("/person/skeleton")))
    take = even_take(motion)
    rig = make_rig(MODEL, take.person, take.coordinates, "mixamo")
    for frame in (0, 20, 38):
        matrices = np.array(query.ComputeJointSkelTransforms(frame))
        np.testing.assert_allclose(matrices[:, 3, :3], rig.positions[frame], atol=1e-5)
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/person/body"))
    points = mesh.GetPointsAttr().Get()
    skinning = cache.GetSkinningQuery(mesh.GetPrim())
    assert skinning.ComputeSkinnedPoints(query.ComputeSkinningTransforms(20), points, 20)
    wanted = skin(MODEL, take.person, forward(MODEL, take.person, take.coordinates[20:21]))[0]
    distance = np.linalg.norm(np.array(points) - wanted @ R_ZFRONT_XFRONT.T, axis=1)
    assert distance.max() < 0.005


def test_usd_without_usd_core_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pxr.Usd", None)
    with pytest.raises(BorelliError, match=r"pip install 'borelli\[usd\]'"):
        export_motion(tmp_path, moving_person(), ["usd"])
    assert not list(tmp_path.iterdir())
