"""Everything the estimator assumes, with units."""

from dataclasses import dataclass, field

from borelli.fitting.contacts import ContactModel


@dataclass(frozen=True)
class EstimatorConfig:
    """Assumptions of the whole-clip estimator; defaults measured on real video (docs/benchmarks.md)."""

    misfit: float = 0.012
    """Metres: how far detector keypoints lie from the skeleton's points even in a perfect picture."""
    heatmap_variance: float = 0.4
    """Share of a heatmap's variance that is error; the rest is the blob around even a perfect point."""
    hint_sd: float = 0.7
    """Radians: error of the bone directions of the 3D hints, most of it the same for the whole clip."""
    guess_weight: float = 0.36
    """Factor on the learned bone directions; their errors, too, are alike in neighbouring frames."""
    guess_angle_weight: float = 0.04
    """Factor on the learned angles, which say again what the directions say, and the twists of limbs."""
    guess_contact_weight: float = 2.0
    """Factor on the logarithm of the odds that the network gives to a contact."""
    guess_tilt_sd: float = 0.06
    """Radians: error of the learned gravity."""
    data_weight: float = 0.36
    """Factor on image evidence: detector errors of neighbouring frames are alike, so they count less."""
    length_sd: float = 0.04
    """Spread of log segment lengths between people of the same stature (de Leva 1996, Winter 2009)."""
    independent_frames: float = 2.0
    """Detector errors hardly change through a clip: about lengths it says as much as this many frames.
    Without this, a bias of the 3D cues stretches bones until they fit."""
    stature_mean: float = 1.70
    stature_sd: float = 0.09
    """Metres: adults of both sexes, used when no stature is given."""
    given_stature_sd: float = 0.005
    """Metres: trust in a stated stature."""
    tilt_sd: float = 0.15
    """Radians: pitch of a hand-held or tripod camera around level."""
    roll_sd: float = 0.06
    height_mean: float = 1.3
    height_sd: float = 0.5
    """Metres: height of the camera over the floor."""
    upright_sd: float = 0.25
    """Radians: lean of the trunk in one frame, used only when the camera's tilt is unknown."""
    balance_sd: float = 0.08
    """Metres: distance of the zero-moment point from the middle of the standing feet."""
    slip_sd: float = 0.05
    """m/s: speed of a standing foot point."""
    anchor_sd: float = 0.0045
    """Metres: distance of a standing foot point from where its stance stands."""
    slide: float = 0.01
    """Metres: a foot point that leaves the middle of its stance by more in the end did not stand."""
    contact: ContactModel = field(default_factory=ContactModel)
    sigma_inflation: float = 4.0
    """Factor on the linearised uncertainty that makes 90 % intervals cover 90 % on the val mocap clips:
    errors of detector and skeleton last through a clip, which the normal equations do not know."""
    window: int = 300
    """Frames solved at once in long clips."""
    overlap: int = 30
    """Frames that neighbouring windows share."""
    stretch: int = 5
    """Windows that follow each other; longer clips have several such stretches, which do not wait. Few share
    the work of minutes among many; each costs `lead` frames, 7 %."""
    lead: int = 90
    """Frames that a stretch begins early, to have forgotten by its first window how it began."""
