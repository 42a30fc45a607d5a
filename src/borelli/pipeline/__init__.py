"""From a video to motion: stages in order, their cache, and the result with its verdict."""

from borelli.pipeline.config import RunConfig as RunConfig
from borelli.pipeline.reconstruct import reconstruct as reconstruct
from borelli.pipeline.run import RunResult as RunResult
from borelli.pipeline.run import run_one as run_one
from borelli.pipeline.stages import Progress as Progress
