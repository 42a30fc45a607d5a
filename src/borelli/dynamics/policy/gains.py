"""Gains of whole-body control, found by an evolution strategy on walks of the training split."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gains:
    """Feedback in 1/s^2 for places and angles and 1/s for velocities; weights where not all can be had."""

    centre: float = 24.7
    """Of the centre of mass, level."""
    centre_rate: float = 13.2
    centre_weight: float = 5.39
    rise: float = 115.0
    """Of its height."""
    rise_rate: float = 29.6
    rise_weight: float = 4.36
    trunk: float = 47.1
    trunk_rate: float = 11.2
    trunk_weight: float = 5.92
    joint: float = 74.2
    joint_rate: float = 26.7
    joint_weight: float = 0.293
    leg_weight: float = 0.00732
    """Of the joints of the legs, which mainly do what the feet need."""
    lift: float = 479.0
    """Of the height of a swinging foot."""
    lift_rate: float = 41.6
    tilt: float = 199.0
    """Of the points of a swinging foot about their mean."""
    tilt_rate: float = 21.7
    swing_weight: float = 0.584
    """Of each point of a swinging foot."""
    standing: float = 174.0
    """Of the height of points that stand."""
    standing_rate: float = 22.7
    standing_weight: float = 3.24
    follow: float = 0.505
    """Share of a misplaced stance foot by which the whole motion is moved."""
    pendulum: float = 0.3
    """Seconds: capture point ahead of the centre of mass per m/s."""
    growth: float = 2.34
    """1/s at which an error of the capture point grows until a foot lands, ahead ..."""
    growth_aside: float = 2.74
    """... and sidewards."""
    place: float = 1.13
    """Metres of a step per metre of that error, ahead ..."""
    place_aside: float = 1.12
    """... and sidewards."""
    reach: float = 0.35
    """Metres: longest change of a step."""
    soonest: float = 0.146
    """Seconds: a landing is never planned for sooner than after this."""
    clear: float = 0.0292
    """Metres by which a swinging foot goes higher than in the motion, halfway."""
    touch: float = 0.006
    """Metres over the floor at which a point counts as touching."""
    early: float = 0.436
    """Firmness of points that touch before they should."""
    leave: float = 0.1
    """Seconds after a foot should have left the floor in which it is not counted on, touching or not."""
    moment: float = 0.00914
    """Unexplained moment that counts as one, as a share of weight times a metre; likewise the force."""
    force: float = 0.0206
    friction: float = 0.9
