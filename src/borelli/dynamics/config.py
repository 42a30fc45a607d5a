"""What the physics stage assumes, with units."""

from dataclasses import dataclass
from enum import Enum, auto


class Hold(Enum):
    """How standing points are held."""

    STILL = auto()
    """They do not move: where gravity itself is sought, heights mean nothing yet."""
    LEVEL = auto()
    """They do not move, and lie on their surface."""
    PLACE = auto()
    """They lie where they lay on average in the solve before, on uneven ground in height too."""
    PLACE_ONLY = auto()
    """The same, without any floor."""


@dataclass(frozen=True)
class Stage:
    """One solve; lax ones first, so that a motion finds its way (continuation)."""

    force_sd: float
    """Body weights: unexplained force that counts as one unit of error."""
    hold: Hold
    look_again: bool = True
    """Find the contacts anew before this solve."""

    @property
    def moment_sd(self) -> float:
        """Body weights times stature."""
        return 0.117 * self.force_sd


LAX = (Stage(0.6, Hold.LEVEL), Stage(0.15, Hold.LEVEL))
"""Before `STRICT`, for people in videos."""
STRICT = (Stage(0.03, Hold.LEVEL), Stage(0.012, Hold.PLACE, look_again=False))
ON_ANYTHING = (
    Stage(0.6, Hold.STILL),
    Stage(0.15, Hold.STILL),
    Stage(0.03, Hold.STILL, look_again=False),
    Stage(0.012, Hold.PLACE_ONLY, look_again=False),
)
"""Where a floor contradicts the image: stances at whatever height they are seen."""


@dataclass(frozen=True)
class PhysicsConfig:
    """Assumptions of whole-clip dynamics; weights measured on mocap clips (docs/benchmarks.md)."""

    find_gravity: tuple[Stage, ...] = (Stage(0.3, Hold.STILL), Stage(0.1, Hold.STILL))
    """Before all others, where the camera's tilt is not known: what moves tells where down is."""
    strict: tuple[Stage, ...] = STRICT
    """For recordings that are accurate."""
    noisy: float = 0.015
    """Metres: recordings with larger errors of their joints are not."""
    friction: float = 0.8
    """Coefficient between skin or shoe and ground."""
    ridge: float = 0.2
    """Body weights: force of one point that costs one unit."""
    position_sd: float = 0.01
    """Metres: departure of a recorded motion's root, where no image tells."""
    angle_sd: float = 0.05
    """Radians: departure of a recorded motion's angles."""
    contact_sd: float = 0.008
    """Metres: distance of standing points from where they stand."""
    slip_sd: float = 0.3
    """m/s: speed of standing points."""
    uneven: float = 0.02
    """Metres: how far the surface under single stances may be from the floor."""
    sliding: float = 1.0
    """0 to 1: how freely a point pushes that touches but moves fast; running and jumping need it, and in
    video such a point has mostly not landed yet."""
    torque_sd: float = 30.0
    """N m beyond a joint's strength that count as one unit."""
    strength: float = 1.5
    """Factor on isometric strength: fast motion exceeds it (see `strength`)."""
    iterations: int = 12
    """Of each solve, at most."""
    tolerance: float = 5e-3
    """Relative decrease of the cost below which a solve has converged."""
    believable: float = 0.1
    """Body weights: residual force above which a frame counts as unexplained."""
    believable_moment: float = 0.05
    """The same for the moment, body weights times stature."""
    outlier: float | None = None
    """Body weights: unexplained force beyond which a frame is given up rather than bent; None: never."""
    image_weight: float = 2.0
    """Factor on image evidence against the other terms, so that physics does not displace it."""
    worse_image: float = 1.05
    """Factor on the reprojection error that physics may cost at most."""
    window: int = 600
    """Frames solved at once in long clips."""
    overlap: int = 45
    """Frames that neighbouring windows share."""
    stretch: int = 3
    """Windows that follow each other; longer clips have several such stretches, which do not wait. Each costs
    `lead` frames, 5 %."""
    lead: int = 90
    """Frames that a stretch begins early, to have forgotten by its first window how it began."""
