"""The networks that a worker keeps loaded for all its items."""

from functools import partial

from borelli.perception.blazepose import BlazePose
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Networks, Observer, find_people


def load_observer(config: RunConfig, threads: int) -> Observer:
    """What finds people, with its networks loaded. Raises BorelliError when they cannot be had."""
    blazepose = BlazePose(config.models, threads)
    return partial(find_people, networks=Networks(threads, blazepose))
