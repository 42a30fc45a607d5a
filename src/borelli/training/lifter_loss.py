"""What the lifter is trained for: positions first, then angles, contacts and knowing its errors."""

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel
from borelli.body.skeleton import skeleton
from borelli.lifting.bones import BONES, bone_points
from borelli.lifting.codes import decode, slots
from borelli.lifting.layout import LENGTHS, PLACES
from borelli.training.samples import Sample, scored_points
from borelli.training.torch_body import TorchBody

HINGE_SLOTS = [slot.columns for slot in slots() if len(slot.hinges) == 1]


@dataclass(frozen=True)
class LossConfig:
    """Weights; each error is of order 0.1 in its unit (metres, radians, unit vectors)."""

    position: float = 10.0
    motion: float = 5.0
    bone: float = 2.0
    code: float = 1.0
    root: float = 1.0
    velocity: float = 0.2
    up: float = 0.5
    contact: float = 0.15
    body: float = 0.3
    sure: float = 0.02
    """Of each logarithmic score; small, as its errors are taken as given."""


@dataclass(frozen=True)
class Scoring:
    """What errors are measured at."""

    body: TorchBody
    points: Points
    """Scored points, then starts and ends of bones."""
    scored: int

    @staticmethod
    def of(model: BodyModel, device: torch.device) -> "Scoring":
        """All joints and marks, and the bones."""
        a, b = scored_points(model), bone_points(model)
        joined = Points(*(np.concatenate([getattr(a, f.name), getattr(b, f.name)]) for f in fields(Points)))
        return Scoring(TorchBody.of(model, device), joined, len(a.segments))


def tensors(sample: Sample, device: torch.device) -> dict[str, Tensor]:
    """The arrays of a sample by name, on a device."""
    return {name: torch.as_tensor(value, device=device) for name, value in vars(sample).items()}


def lifter_loss(
    answers: Tensor, truth: dict[str, Tensor], scoring: Scoring, weights: LossConfig
) -> tuple[Tensor, dict[str, Tensor]]:
    """Total loss of a batch and its parts; answers (B, T, OUTPUTS), truth from `tensors`."""
    got = {name: answers[..., place] for name, place in PLACES.items()}
    lengths = got["body"].mean(dim=1, keepdim=True)[..., :LENGTHS]
    placed = scoring.body.place(got["code"], lengths, scoring.points)
    points, ends = placed[..., : scoring.scored, :], placed[..., scoring.scored :, :]
    bones = F.normalize(ends[..., 1::2, :] - ends[..., 0::2, :], dim=-1)
    miss, bone_miss = points - truth["points"], bones - truth["bones"]
    heavy = torch.ones(truth["code"].shape[-1], device=answers.device)
    for columns in HINGE_SLOTS:
        heavy[columns] = 2.0
    parts = {
        "position": _norm(miss),
        "motion": _norm(miss[:, 1:] - miss[:, :-1]),
        "bone": _norm(bone_miss),
        "code": ((got["code"] - truth["code"]).abs() * heavy).mean(),
        "root": (got["root"] - truth["root"]).abs().mean(),
        "velocity": (got["velocity"] - truth["velocity"]).abs().mean(),
        "up": _norm(got["up"] - truth["up"]),
        "contact": _contact_loss(got["contacts"], truth),
        "body": F.smooth_l1_loss(got["body"], truth["body"][:, None].expand_as(got["body"])),
        "sure": _sureness(got, truth, bone_miss.detach()),
    }
    total = torch.stack([getattr(weights, name) * value for name, value in parts.items()]).sum()
    return total, parts


def _norm(vectors: Tensor) -> Tensor:
    return torch.linalg.vector_norm(vectors, dim=-1).mean()


def _contact_loss(logits: Tensor, truth: dict[str, Tensor]) -> Tensor:
    each = F.binary_cross_entropy_with_logits(logits, truth["contacts"], reduction="none")
    known = truth["contacts_known"].expand_as(each)
    return (each * known).sum() / known.sum().clamp_min(1.0)


def _sureness(got: dict[str, Tensor], truth: dict[str, Tensor], bone_miss: Tensor) -> Tensor:
    """Negative log likelihood of the errors under the stated deviations; the errors get no gradient."""
    angles = decode(skeleton(), got["code"].detach().double().cpu().numpy())
    turn = torch.as_tensor(angles, dtype=torch.float32, device=bone_miss.device) - truth["hinges"]
    turn = torch.atan2(turn.sin(), turn.cos())[..., 3:]
    count = len(BONES)
    across = bone_miss[..., :2].square().mean(-1)
    along = bone_miss[..., 2].square()
    depth = (got["root"] - truth["root"]).detach()[..., 2:].square()
    velocity = (got["velocity"] - truth["velocity"]).detach().square().mean(-1, keepdim=True)
    up = (got["up"] - truth["up"]).detach().square().sum(-1, keepdim=True) / 2
    lengths = (got["body"] - truth["body"][:, None]).detach()[..., :LENGTHS].square()
    scores = [
        _nll(turn.square(), got["log_sd_hinges"][..., 3:]),
        2 * _nll(across, got["log_sd_bones"][..., :count]),
        _nll(along, got["log_sd_bones"][..., count:]),
        _nll(depth, got["log_sd_root"]),
        _nll(velocity, got["log_sd_velocity"]),
        2 * _nll(up, got["log_sd_up"]),
        _nll(lengths, got["log_sd_lengths"]),
    ]
    return torch.stack(scores).sum()


def _nll(squared: Tensor, log_sd: Tensor) -> Tensor:
    log_sd = log_sd.clamp(-5.0, 2.0)
    return (0.5 * squared * torch.exp(-2 * log_sd) + log_sd).mean()
