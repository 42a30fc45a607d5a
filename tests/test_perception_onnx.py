"""A user's ONNX network: SimCC and heatmap decoding, through tiny networks built here."""

from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from people import standing

from borelli.errors import BorelliError
from borelli.perception import PerceptionConfig, observe, warp
from borelli.perception.blazepose import BlazePose
from borelli.perception.onnx_pose import OnnxPose, decode_heatmaps, decode_simcc, upright_box
from borelli.video import frames, probe

SIZE = (48, 64)
POSE = standing(np.array([300.0, 250.0]), 200.0, 0)


def save(path: Path, outputs: dict[str, np.ndarray], inputs: int = 4) -> Path:
    """A network that ignores its input's values and answers with constants."""
    shape = ["batch", 3, SIZE[1], SIZE[0]][:inputs]
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
    ]
    nodes += [helper.make_node("Add", [f"{name}_value", "nothing"], [name]) for name in outputs]
    constants = [helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0])]
    constants += [
        helper.make_tensor(f"{name}_value", TensorProto.FLOAT, value.shape, value.ravel().tolist())
        for name, value in outputs.items()
    ]
    graph = helper.make_graph(
        nodes,
        "pose",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, v.shape) for n, v in outputs.items()],
        constants,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def gaussian(count: int, centre: float, sd: float, peak: float) -> np.ndarray:
    return peak * np.exp(-((np.arange(count) - centre) ** 2) / (2 * sd**2))


def test_simcc_keypoints_come_back_in_image_pixels(tmp_path: Path) -> None:
    x = np.stack([gaussian(2 * SIZE[0], 2 * u, 4, 0.9) for u in range(10, 27)])[None]
    y = np.stack([gaussian(2 * SIZE[1], 2 * v, 4, 0.7) for v in range(20, 37)])[None]
    network = OnnxPose(save(tmp_path / "simcc.onnx", {"simcc_x": x, "simcc_y": y}))
    keypoints, covariance = network.measure(np.zeros((480, 640, 3), np.uint8), POSE)
    T = upright_box(POSE.keypoints, SIZE)
    expected = warp.apply(T, np.column_stack([np.arange(10.0, 27), np.arange(20.0, 37)]))
    assert np.allclose(keypoints[:, :2], expected)
    assert np.allclose(keypoints[:, 2], 0.7, atol=1e-6)
    assert covariance.shape == (17, 2, 2)
    assert (np.linalg.eigvalsh(covariance) >= 1.0).all()


def test_heatmap_keypoints_come_back_in_image_pixels(tmp_path: Path) -> None:
    heat = np.stack([np.outer(gaussian(16, 9, 1.2, 1.0), gaussian(12, 5, 1.2, 0.8))] * 26)[None]
    network = OnnxPose(save(tmp_path / "heat.onnx", {"heatmaps": heat}))
    keypoints, _ = network.measure(np.zeros((480, 640, 3), np.uint8), POSE)
    expected = warp.apply(upright_box(POSE.keypoints, SIZE), np.array([5.5 * 4 - 0.5, 9.5 * 4 - 0.5]))
    assert np.allclose(keypoints[:, :2], expected, atol=1e-3)


def test_heatmaps_are_refined_below_a_cell_and_split_ones_widen() -> None:
    heat = np.outer(gaussian(16, 9.3, 1.0, 1.0), gaussian(12, 5.0, 1.0, 1.0))[None]
    points, scores, variance = decode_heatmaps(heat, SIZE)
    assert points[0] == pytest.approx([5.5 * 4 - 0.5, 9.8 * 4 - 0.5], abs=0.01)
    assert scores[0] == pytest.approx(heat.max())
    split = np.maximum(heat, np.outer(gaussian(16, 9.3, 1, 1), gaussian(12, 10.0, 1, 0.9))[None])
    assert decode_heatmaps(split, SIZE)[2][0, 0] > 10 * variance[0, 0]


def test_simcc_variance_grows_with_the_width_of_the_response() -> None:
    y = gaussian(128, 60, 4, 0.9)[None]
    narrow = decode_simcc(gaussian(96, 40, 4, 0.9)[None], y, SIZE)[2]
    wide = decode_simcc(gaussian(96, 40, 12, 0.9)[None], y, SIZE)[2]
    assert wide[0, 0] > 5 * narrow[0, 0]


def test_the_box_contains_the_person_in_the_networks_proportions() -> None:
    T = upright_box(POSE.keypoints, SIZE)
    inside = warp.apply(warp.invert(T), POSE.keypoints[:, :2])
    assert (inside >= 0).all() and (inside <= np.array(SIZE) - 1).all()
    assert T[0, 0] == pytest.approx(T[1, 1])


def test_keypoints_outside_the_picture_have_no_confidence(tmp_path: Path) -> None:
    heat = np.zeros((1, 17, 16, 12))
    heat[:, :, 0, 0] = 1.0
    network = OnnxPose(save(tmp_path / "heat.onnx", {"heatmaps": heat}))
    keypoints, _ = network.measure(np.zeros((480, 240, 3), np.uint8), POSE)
    assert (keypoints[keypoints[:, 0] > 239.5, 2] == 0).all()


def test_files_that_are_no_pose_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match=r"does not exist; give an \.onnx file"):
        OnnxPose(tmp_path / "gone.onnx")
    text = tmp_path / "text.onnx"
    text.write_text("hello")
    with pytest.raises(BorelliError, match="not a network that onnxruntime can load"):
        OnnxPose(text)
    flat = save(tmp_path / "flat.onnx", {"heatmaps": np.zeros((1, 17, 16, 12))}, inputs=2)
    with pytest.raises(BorelliError, match="input \\(N, 3, H, W\\) is needed"):
        OnnxPose(flat)
    many = save(tmp_path / "many.onnx", {name: np.zeros((1, 17, 4)) for name in "abc"})
    with pytest.raises(BorelliError, match="3 outputs"):
        OnnxPose(many)
    boxes = OnnxPose(save(tmp_path / "boxes.onnx", {"boxes": np.zeros((1, 6))}))
    with pytest.raises(BorelliError, match="valid: two"):
        boxes.measure(np.zeros((480, 640, 3), np.uint8), POSE)


def test_a_users_network_replaces_the_keypoints_and_keeps_the_hints(tmp_path: Path) -> None:
    x = np.stack([gaussian(2 * SIZE[0], 2 * u, 4, 0.9) for u in range(10, 36)])[None]
    network = save(tmp_path / "rtm.onnx", {"x": x, "y": np.repeat(x[:, :1, : 128 - 32], 26, axis=1)})
    path = Path(__file__).resolve().parents[1].parent / "shared/data/video/street/demo.mp4"
    if not path.exists():
        pytest.skip("the street clip is not at hand")
    try:
        BlazePose()
    except BorelliError as error:
        pytest.skip(str(error))
    config = PerceptionConfig(keypoint_network=network)
    observed = observe(islice(frames(path), 6), probe(path), config)
    (track,) = observed.tracks
    assert observed.keypoint_set == "halpe26"
    assert track.keypoints.shape == (6, 26, 3)
    assert np.allclose(track.keypoints[..., 2], 0.9)
    assert track.hints is not None
    knee, neck = 13, 18  # BlazePose has a left knee but no neck
    assert np.isfinite(track.hints[:, knee]).all()
    assert np.isnan(track.hints[:, neck]).all()
