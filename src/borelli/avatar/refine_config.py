"""Everything the refinement assumes, with units."""

from dataclasses import dataclass, field

from borelli.avatar.losses import LossWeights


@dataclass(frozen=True)
class LearningRates:
    """Adam's step sizes for an avatar's looks."""

    colours: float = 0.03
    opacity_logits: float = 0.05
    log_scales: float = 0.01
    normal_offsets: float = 0.0007
    """Metres."""
    quaternions: float = 0.005


@dataclass(frozen=True)
class RefineConfig:
    """Assumptions of the refinement; defaults tuned on rendered clips (docs/refinement.md)."""

    gaussians: int = 5000
    size: int = 256
    """Pixels per side of the crops."""
    key_frames: int = 24
    """Frames whose pose is refined through the picture, evenly over the clip."""
    held_out: int = 8
    """Frames between them that only judge."""
    appearance_steps: int = 60
    """Of the looks alone, each on `batch` of the key frames."""
    batch: int = 6
    pose_steps: int = 100
    """Of looks and pose together, each on all key frames."""
    judged_steps: int = 20
    """Of the looks once more before held-out frames judge."""
    rates: LearningRates = field(default_factory=LearningRates)
    hinge_rate: float = 0.012
    """Radians."""
    root_rate: float = 0.016
    """Metres, and radians of the pelvis."""
    length_rate: float = 0.001
    """Logarithms of the body's scale and lengths."""
    shape_rate: float = 0.03
    """Standard deviations."""
    metres_rate: float = 0.002
    """Logarithm of a factor on all depth maps."""
    weights: LossWeights = field(default_factory=LossWeights)
    picture_weight: float = 600.0
    """Of one crop's loss against squared standard deviations of the other evidence."""
    pose_sd: float = 0.2
    """Radians: how far the motion so far may be off in one joint."""
    root_sd: float = 0.06
    """Metres."""
    change_sd: float = 0.8
    """Radians (or metres) per square root of a second by which the correction may change over time."""
    scale_sd: float = 0.02
    """Of the logarithm of the body's size around what it was."""
    length_sd: float = 0.02
    """Of the logarithms of its segments' lengths."""
    shape_sd: float = 0.5
    """Standard deviations of the body's shape around what it was."""
    metres_sd: float = 0.03
    """Of the logarithm of a factor by which all depth maps may be wrong."""
    stance_sd: float = 0.003
    """Metres by which a foot may move within its stance while poses are refined."""
    still_sd: float = 0.0007
    """The same in the clip that comes out."""
    spread_sd: float = 0.01
    """Radians and metres: how closely the refitted clip follows the refined key frames."""
    seed: int = 0
    """Of random backgrounds and batches."""
