"""An avatar on a posed body: Gaussians in the world, and gradients back to looks, coordinates and shape.

A vertex moves with coordinate h by axis_h x (vertex - centre_h), weighted by skinning. Summed over a segment
and all that hangs on it, that is a force and a moment, so that the backward pass visits each vertex once
instead of once per coordinate.
"""

from dataclasses import dataclass, replace

import numpy as np

from borelli.avatar.avatar import Avatar, AvatarGradients
from borelli.avatar.binding import Binding, bind
from borelli.avatar.gaussians import GaussianGradients, Gaussians
from borelli.avatar.posing_kernels import carry, carry_backward, gather, move_vertices
from borelli.body.kinematics import Pose, forward
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import LENGTH_GROUPS


@dataclass(frozen=True)
class PosedGradients:
    """Derivatives of a loss by everything that the Gaussians of a posed avatar depend on."""

    avatar: AvatarGradients
    coordinates: np.ndarray
    """(49,) per radian, per metre for the last three."""
    body: np.ndarray
    """(11 + S,) by log scale, log lengths, shape: the order of `kinematics.body_jacobian`."""

    @property
    def shape(self) -> np.ndarray:
        """(S,) per standard deviation."""
        return self.body[1 + len(LENGTH_GROUPS) :]


@dataclass(frozen=True, eq=False)
class Posed:
    """The Gaussians of an avatar in one pose, with what `backward` needs."""

    gaussians: Gaussians
    avatar: Avatar
    binding: Binding
    person: Person
    pose: Pose
    """One frame."""
    linear: np.ndarray
    """(J, 3, 3) bind pose to world, per segment."""
    moved: np.ndarray
    """(J, 3)."""
    rest: np.ndarray
    """(U, 3) shaped vertices in the bind pose."""
    vertices: np.ndarray
    """(U, 3) world."""
    carried: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    """What `carry` returned."""

    def backward(self, gradients: GaussianGradients) -> PosedGradients:
        """Gradients by avatar, coordinates and body, of gradients by the Gaussians in the world."""
        avatar, binding = self.avatar, self.binding
        d_vertices, d_offsets, d_quaternions = carry_backward(
            self.vertices,
            binding.corners,
            avatar.barycentric,
            avatar.normal_offsets,
            self.carried,
            _wide(gradients.means),
            _wide(gradients.quaternions),
        )
        by_looks = AvatarGradients(
            normal_offsets=d_offsets,
            quaternions=d_quaternions,
            log_scales=gradients.log_scales,
            opacity_logits=gradients.opacity_logits,
            colours=gradients.colours,
        )
        forces, moments, virials, d_rest = gather(
            self.rest, binding.skin_segments, binding.skin_weights, self.linear, self.moved, d_vertices
        )
        loads = _Loads(forces, moments, virials)
        with_children = loads.with_children(binding.model.skeleton.parents)
        return PosedGradients(
            avatar=by_looks,
            coordinates=self._by_coordinates(with_children),
            body=self._by_body(loads, with_children.forces, d_rest),
        )

    def _by_coordinates(self, loads: "_Loads") -> np.ndarray:
        moved = self.binding.model.skeleton.hinge_segment
        axes, centres = self.pose.hinge_axes[0], self.pose.joints[0, moved]
        moments = loads.moments[moved] - np.cross(centres, loads.forces[moved])
        return np.r_[np.sum(axes * moments, axis=1), loads.forces[0]]

    def _by_body(self, own: "_Loads", forces_with_children: np.ndarray, d_rest: np.ndarray) -> np.ndarray:
        model, person, pose = self.binding.model, self.person, self.pose
        table = model.skeleton
        scales = person.segment_scales(table.groups)
        by_size = own.virials - np.sum(own.forces * pose.joints[0], axis=1)
        by_centres = -np.einsum("jab,ja->jb", self.linear, own.forces)
        by_shape = d_rest.ravel() @ self.binding.vertices_shape
        by_shape += np.einsum("jb,jbs->s", by_centres, self.binding.bind_joints_shape)
        children = np.flatnonzero(table.parents >= 0)
        parents = table.parents[children]
        local = np.einsum("jab,ja->jb", pose.rotations[0, parents], forces_with_children[children])
        local *= scales[parents, None]
        by_shape += np.einsum("jb,jbs->s", local, model.joint_offsets_shape[children])
        offsets = model.joint_offsets[children] + model.joint_offsets_shape[children] @ person.shape
        by_group = np.zeros(len(LENGTH_GROUPS))
        np.add.at(by_group, table.groups, by_size)
        np.add.at(by_group, table.groups[parents], np.sum(local * offsets, axis=1))
        return np.r_[by_group.sum(), by_group, by_shape]


@dataclass(frozen=True)
class _Loads:
    """Forces (J, 3), moments (J, 3) about the world's origin, virials (J,)."""

    forces: np.ndarray
    moments: np.ndarray
    virials: np.ndarray

    def with_children(self, parents: np.ndarray) -> "_Loads":
        """Every segment's load together with the loads of all that hangs on it."""
        forces, moments = self.forces.copy(), self.moments.copy()
        for j in range(len(parents) - 1, 0, -1):
            forces[parents[j]] += forces[j]
            moments[parents[j]] += moments[j]
        return replace(self, forces=forces, moments=moments)


def pose_avatar(
    avatar: Avatar,
    model: BodyModel,
    person: Person,
    coordinates: np.ndarray,
    binding: Binding | None = None,
) -> Posed:
    """Gaussians of an avatar on a body in one pose.

    Args:
        avatar: N Gaussians.
        model: the body whose triangles the avatar is bound to.
        person: shape and size.
        coordinates: (49,) radians, metres.
        binding: `bind(avatar.faces, model)`, when it is at hand; it takes longer than the posing.
    """
    bound = bind(avatar.faces, model) if binding is None else binding
    pose = forward(model, person, np.asarray(coordinates)[None])
    scales = person.segment_scales(model.skeleton.groups)
    linear = (pose.rotations[0] * scales[:, None, None]) @ np.swapaxes(model.bind_rotations, 1, 2)
    centres = bound.bind_joints + bound.bind_joints_shape @ person.shape
    moved = pose.joints[0] - np.einsum("jab,jb->ja", linear, centres)
    rest = bound.vertices + (bound.vertices_shape @ person.shape).reshape(-1, 3)
    vertices = move_vertices(rest, bound.skin_segments, bound.skin_weights, linear, moved)
    carried = carry(
        vertices, bound.corners, avatar.barycentric, avatar.normal_offsets, _wide(avatar.quaternions)
    )
    gaussians = Gaussians(
        means=carried[0],
        quaternions=carried[1],
        log_scales=avatar.log_scales,
        opacity_logits=avatar.opacity_logits,
        colours=avatar.colours,
    )
    return Posed(gaussians, avatar, bound, person, pose, linear, moved, rest, vertices, carried)


def _wide(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=np.float64)
