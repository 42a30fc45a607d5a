"""What the physics stage assumes, with units."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One solve; the first ones are lax, so that a noisy motion finds its way (continuation)."""

    force_sd: float
    """Body weights: unexplained force that counts as one unit of error."""
    moment_sd: float
    """Body weights times stature."""
    acceleration_sd: float
    """rad/s^2 and m/s^2."""


@dataclass(frozen=True)
class PhysicsConfig:
    """Assumptions of whole-clip dynamics; weights measured on mocap clips (docs/benchmarks.md)."""

    lax: tuple[Stage, ...] = (Stage(0.6, 0.07, 60.0), Stage(0.15, 0.017, 40.0))
    """Before `strict`, for motions as noisy as `noisy_speed`."""
    strict: Stage = Stage(0.03, 0.0035, 40.0)
    noisy_speed: float = 0.25
    """m/s: apparent speed of standing feet above which a motion counts as noisy."""
    correlation: float = 0.15
    """Seconds over which errors of a motion stay alike."""
    friction: float = 0.8
    """Coefficient between skin or shoe and ground."""
    ridge: float = 0.45
    """Body weights: force of one point that costs one unit."""
    position_sd: float = 0.01
    """Metres: departure of a recorded motion's root, where no image tells."""
    angle_sd: float = 0.05
    """Radians: departure of a recorded motion's angles."""
    contact_sd: float = 0.004
    """Metres: distance of standing points from where they stand."""
    torque_sd: float = 10.0
    """N m beyond a joint's strength that count as one unit."""
    strength: float = 1.5
    """Factor on isometric strength: fast motion exceeds it (see `strength`)."""
    iterations: int = 12
    tolerance: float = 5e-3
    believable: float = 0.1
    """Body weights: residual force above which a frame counts as unexplained."""
    believable_moment: float = 0.05
    """The same for the moment, body weights times stature."""
    worse_image: float = 1.05
    """Factor on the reprojection error that physics may cost at most."""
    window: int = 600
    """Frames solved at once in long clips."""
    overlap: int = 45
    """Frames that neighbouring windows share."""
