"""The same drawing on a graphics card by `gsplat` (extra `cuda`), for machines that have one.

gsplat puts the centre of the top-left pixel at (0.5, 0.5), so that the principal point moves by half a pixel.
It knows the `3dgs` window alone.
"""

import numpy as np

from borelli.avatar.gaussians import FIELDS, GaussianGradients, Gaussians, View
from borelli.avatar.splat_picture import Graph, Picture
from borelli.avatar.splat_window import BLUR, NEAR
from borelli.errors import BorelliError


def check_cuda() -> None:
    """Raise BorelliError, with the remedy, where `gsplat` or a CUDA device is missing."""
    try:
        import gsplat  # noqa: F401  # pyright: ignore[reportMissingImports]
        import torch
    except ImportError as error:
        raise BorelliError(
            f"drawing on a graphics card needs {error.name}, which is not installed; "
            "run: pip install 'borelli[cuda]', or leave the device at cpu"
        ) from error
    if not torch.cuda.is_available():
        raise BorelliError("PyTorch finds no CUDA device on this machine; leave the device at cpu")


def rasterise_cuda(gaussians: Gaussians, view: View) -> Picture:
    """Draw with the `3dgs` window on the first CUDA device; see `splat.rasterise`.

    Source: gsplat 1.5, `rasterization` (Ye et al. 2024).
    """
    check_cuda()
    import torch
    from gsplat import rasterization  # pyright: ignore[reportMissingImports]

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(np.asarray(array, np.float32), device="cuda")

    leaves = tuple(tensor(getattr(gaussians, name)).requires_grad_() for name in FIELDS)
    means, quaternions, log_scales, logits, colours = leaves
    K = np.array(view.K, np.float32)
    K[:2, 2] += 0.5
    drawn, cover, _ = rasterization(
        means,
        quaternions,
        log_scales.exp(),
        logits.sigmoid(),
        colours,
        tensor(view.T_camera_world)[None],
        tensor(K)[None],
        view.width,
        view.height,
        near_plane=NEAR,
        eps2d=BLUR,
        render_mode="RGB+D",
    )
    outputs = (drawn[0, ..., :3], cover[0, ..., 0], drawn[0, ..., 3])
    colour, alpha, depth = (output.detach().cpu().numpy() for output in outputs)
    return Picture(colour, alpha, depth, Graph(leaves, outputs))


def backward_cuda(graph: Graph, gradients: tuple[np.ndarray, np.ndarray, np.ndarray]) -> GaussianGradients:
    """Gradients by the Gaussians' parameters, given those by colour, alpha and depth (float32)."""
    import torch

    given = [torch.as_tensor(gradient, device="cuda") for gradient in gradients]
    results = torch.autograd.grad(graph.outputs, graph.leaves, given, retain_graph=True)
    return GaussianGradients(*(result.double().cpu().numpy() for result in results))
