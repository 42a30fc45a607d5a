"""People out of frames: keypoints with uncertainty, 3D hints, masks, identities."""

from borelli.perception.config import PerceptionConfig as PerceptionConfig
from borelli.perception.files import observe_files as observe_files
from borelli.perception.models import model_state as model_state
from borelli.perception.observe import observe as observe
