"""A trained policy as an ONNX file: observations in, actions out, with what it was trained for beside it."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnxruntime

from borelli.dynamics.policy.body import BodyConfig
from borelli.dynamics.policy.observation import VERSION, Layout
from borelli.errors import BorelliError

MOTORS = 43
SHIPPED = Path(str(files("borelli.dynamics.policy").joinpath("policy.onnx")))


@dataclass(frozen=True)
class Policy:
    """A network ready to run."""

    session: onnxruntime.InferenceSession
    layout: Layout
    body: BodyConfig
    """Motors it was trained with."""
    trained: str
    """On what, in a sentence."""

    def act(self, observations: np.ndarray) -> np.ndarray:
        """Actions (N, 43) for observations (N, D); see `environment.PolicyEnv`."""
        inputs = {"observations": np.ascontiguousarray(observations, dtype=np.float32)}
        return np.asarray(self.session.run(["actions"], inputs)[0], dtype=np.float64)


@cache
def shipped_policy() -> Policy:
    """The policy that comes with the package."""
    return load_policy(SHIPPED)


def load_policy(path: Path) -> Policy:
    """Read a policy made by `borelli train policy`. Raises BorelliError for any other file."""
    if not Path(path).is_file():
        raise BorelliError(f"{path}: no such policy; `borelli train policy` makes one")
    options = onnxruntime.SessionOptions()
    # the network is small: more threads only wait for each other
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        meta = session.get_modelmeta().custom_metadata_map
        version = meta["version"]
        layout = Layout(int(meta["keypoints"]), int(meta["features"]))
        body = BodyConfig(float(meta["frequency"]), float(meta["damping_ratio"]), float(meta["share"]))
        sizes = (int(session.get_inputs()[0].shape[1]), int(session.get_outputs()[0].shape[1]))
    except Exception as error:
        raise BorelliError(
            f"{path} is not a policy of this program ({str(error).splitlines()[0]}); "
            f"`borelli train policy` makes one"
        ) from error
    if version != VERSION or sizes != (layout.size, MOTORS):
        raise BorelliError(
            f"{path} is a policy for another body or observation: {version}, {sizes[0]} numbers to "
            f"{sizes[1]} motors; expected {VERSION}, {layout.size} to {MOTORS}: "
            "train it again with `borelli train policy`"
        )
    return Policy(session, layout, body, meta.get("trained", ""))
