"""Gains of whole-body control, found by an evolution strategy on walks of the training split."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gains:
    """Feedback in 1/s^2 for places and angles and 1/s for velocities; weights where not all can be had."""

    centre: float = 23.2
    """Of the centre of mass, level."""
    centre_rate: float = 21.7
    centre_weight: float = 5.44
    rise: float = 129.0
    """Of its height."""
    rise_rate: float = 28.1
    rise_weight: float = 4.33
    trunk: float = 54.3
    trunk_rate: float = 13.0
    trunk_weight: float = 4.97
    joint: float = 90.9
    joint_rate: float = 19.5
    joint_weight: float = 0.277
    leg_weight: float = 0.00811
    """Of the joints of the legs, which mainly do what the feet need."""
    lift: float = 374.0
    """Of the height of a swinging foot."""
    lift_rate: float = 30.6
    tilt: float = 171.0
    """Of the points of a swinging foot about their mean."""
    tilt_rate: float = 15.3
    swing_weight: float = 0.569
    """Of each point of a swinging foot."""
    standing: float = 108.0
    """Of the height of points that stand."""
    standing_rate: float = 20.7
    standing_weight: float = 3.36
    follow: float = 0.45
    """Share of a misplaced stance foot by which the whole motion is moved."""
    pendulum: float = 0.3
    """Seconds: capture point ahead of the centre of mass per m/s."""
    growth: float = 2.34
    """1/s at which an error of the capture point grows until a foot lands, ahead ..."""
    growth_aside: float = 2.56
    """... and sidewards."""
    place: float = 1.17
    """Metres of a step per metre of that error, ahead ..."""
    place_aside: float = 0.962
    """... and sidewards."""
    reach: float = 0.35
    """Metres: longest change of a step."""
    soonest: float = 0.161
    """Seconds: a landing is never planned for sooner than after this."""
    clear: float = 0.0242
    """Metres by which a swinging foot goes higher than in the motion, halfway."""
    touch: float = 0.006
    """Metres over the floor at which a point counts as touching."""
    early: float = 0.36
    """Firmness of points that touch before they should."""
    leave: float = 0.1
    """Seconds after a foot should have left the floor in which it is not counted on, touching or not."""
    moment: float = 0.00872
    """Unexplained moment that counts as one, as a share of weight times a metre; likewise the force."""
    force: float = 0.0268
    friction: float = 0.9
