"""Colours spread over the skin: from where pictures show it well to where they hardly or never do.

Neighbours on the skin look alike, and more so around a limb than along it, because clothes end around it.
A Gaussian and its mirror image on the other side of the body look alike, too. Both are springs between
colours, and every picture that shows a Gaussian is a spring to what was learnt; the rest is one sparse
linear system (a screened Laplace equation on the graph).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix, diags
from scipy.sparse.linalg import spsolve
from scipy.spatial import KDTree

from borelli.avatar.avatar import Avatar
from borelli.body.mirror import MIRROR
from borelli.body.model import BodyModel

NEIGHBOURS = 8
APART = 0.03
"""Metres that count as far as opposite normals: front and back of a hand are no neighbours."""
ALONG = 6.0
"""Distances along a segment count so many times as much as around it."""
NEAR_MIRROR = 0.03
"""Metres within which a Gaussian of the other side counts as the mirror image."""
MIRRORED = 0.02
"""Stiffness between mirror images; 1 between neighbours around a limb."""
STIFFNESS = 0.1
"""Of the springs on the skin, against 1 for a picture that shows a Gaussian fully."""
LOOSE = 1e-6
"""Of springs to the mean colour, which hold what hangs on nothing that was seen."""


@dataclass(frozen=True, eq=False)
class SurfaceGraph:
    """Springs between the N Gaussians of an avatar."""

    laplacian: csc_matrix
    """(N, N) row sums 0."""


def surface_graph(avatar: Avatar, model: BodyModel) -> SurfaceGraph:
    """Springs between neighbours on the skin and between mirror images; once per avatar."""
    corners = model.faces[avatar.faces]
    triangles = model.vertices[corners].astype(np.float64)
    places = np.einsum("nk,nka->na", avatar.barycentric, triangles)
    outward = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-12)
    keys = np.hstack([places, APART * outward])
    axes = model.bind_rotations[model.skin_segments[corners[:, 0], 0], :, 1]
    count = len(places)
    own = np.repeat(np.arange(count), NEIGHBOURS)
    near = np.asarray(KDTree(keys).query(keys, k=NEIGHBOURS + 1)[1])[:, 1:].ravel()
    away = places[near] - places[own]
    squared = np.maximum(np.sum(away**2, axis=1), 1e-12)
    along = np.sum(away * axes[own], axis=1) ** 2
    stiff = squared / (squared + (ALONG**2 - 1.0) * along)
    mirror = np.tile(MIRROR, 2)
    distance, image = KDTree(keys).query(keys * mirror)
    paired = np.flatnonzero((distance < NEAR_MIRROR) & (np.asarray(image) != np.arange(count)))
    rows = np.r_[own, paired]
    columns = np.r_[near, np.asarray(image)[paired]]
    springs = coo_matrix((np.r_[stiff, np.full(len(paired), MIRRORED)], (rows, columns)), (count, count))
    both = (0.5 * (springs + springs.T)).tocsc()
    return SurfaceGraph((diags(np.asarray(both.sum(axis=1)).ravel()) - both).tocsc())


def spread_colours(colours: np.ndarray, shown: np.ndarray, graph: SurfaceGraph) -> np.ndarray:
    """Colours (N, 3) of all Gaussians.

    Args:
        colours: (N, 3) learnt; without influence where nothing was shown.
        shown: (N,) how well all pictures together show each Gaussian: 1 for one picture along the normal.
        graph: of the avatar.

    Returns:
        What was learnt where it was shown well, running over into its neighbours elsewhere; within the
        range of what was shown. Unchanged when nothing was shown at all.
    """
    if not np.any(shown > 0.0):
        return colours
    mean = np.average(colours, axis=0, weights=shown)
    system = diags(shown + LOOSE) + STIFFNESS * graph.laplacian
    return np.asarray(spsolve(system.tocsc(), shown[:, None] * colours + LOOSE * mean)).reshape(colours.shape)
