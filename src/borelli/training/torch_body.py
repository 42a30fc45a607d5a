"""Forward kinematics in torch, from the joint code and log lengths: positions that a loss can look at."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel
from borelli.lifting.codes import slots


@dataclass(frozen=True)
class TorchBody:
    """The mean shape at scale 1."""

    axes: Tensor
    """(46, 3)."""
    offsets: Tensor
    """(J, 3) joint centres in their parents."""
    parents: tuple[int, ...]
    groups: Tensor
    """(J,) length group of every segment."""

    @staticmethod
    def of(model: BodyModel, device: torch.device) -> "TorchBody":
        """On a device."""
        table = model.skeleton

        def tensor(array: np.ndarray) -> Tensor:
            return torch.as_tensor(array, dtype=torch.float32, device=device)

        groups = torch.as_tensor(table.groups, device=device)
        return TorchBody(
            tensor(table.axes), tensor(model.joint_offsets), tuple(table.parents.tolist()), groups
        )

    def local_rotations(self, code: Tensor) -> list[Tensor]:
        """R_parent_segment (..., 3, 3) of every segment, of codes (..., 88) that need not be normalised."""
        found = []
        for slot in slots():
            part = code[..., slot.columns]
            if len(slot.hinges) == 3:
                found.append(_of_six(part))
            elif len(slot.hinges) == 1:
                unit = part / torch.linalg.vector_norm(part, dim=-1, keepdim=True).clamp_min(1e-6)
                found.append(self._about(int(slot.hinges[0]), unit[..., 0], unit[..., 1]))
            else:
                first, second = (self._about(int(h), part[..., i].cos(), part[..., i].sin())
                                 for i, h in enumerate(slot.hinges))  # fmt: skip
                found.append(first @ second)
        return found

    def place(self, code: Tensor, log_lengths: Tensor, points: Points) -> Tensor:
        """Points (..., P, 3) relative to the pelvis, in the axes of the pelvis' code."""
        scales = log_lengths.exp()[..., self.groups]
        rotations, joints = [], []
        for j, (parent, local) in enumerate(zip(self.parents, self.local_rotations(code), strict=True)):
            if parent < 0:
                rotations.append(local)
                joints.append(torch.zeros_like(local[..., 0]))
                continue
            rotations.append(rotations[parent] @ local)
            offset = self.offsets[j] * scales[..., parent, None]
            joints.append(joints[parent] + (rotations[parent] @ offset[..., None])[..., 0])
        R, centres = torch.stack(rotations, -3), torch.stack(joints, -2)
        segments = torch.as_tensor(points.segments, device=code.device)
        offsets = torch.as_tensor(points.offsets, dtype=code.dtype, device=code.device)
        local = offsets * scales[..., segments, None]
        return centres[..., segments, :] + (R[..., segments, :, :] @ local[..., None])[..., 0]

    def _about(self, hinge: int, c: Tensor, s: Tensor) -> Tensor:
        axis = self.axes[hinge]
        zero = torch.zeros_like(axis[0])
        K = torch.stack([zero, -axis[2], axis[1], axis[2], zero, -axis[0], -axis[1], axis[0], zero]).reshape(
            3, 3
        )
        eye = torch.eye(3, device=axis.device)
        return eye + s[..., None, None] * K + (1 - c)[..., None, None] * (K @ K)


def _of_six(code: Tensor) -> Tensor:
    x = torch.nn.functional.normalize(code[..., :3], dim=-1)
    y = code[..., 3:] - (x * code[..., 3:]).sum(-1, keepdim=True) * x
    y = torch.nn.functional.normalize(y, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)
