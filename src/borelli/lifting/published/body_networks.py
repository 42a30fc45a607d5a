"""HSMR and HMR2.0 (one head) and SKEL-CF: a crop of a person to a pose code, shape and weak camera.

Sources: Xia et al. 2025, Reconstructing Humans with a Biomechanically Accurate Skeleton (HSMR); Goel et al.
2023, Humans in 4D (HMR2.0); SKEL-CF, arXiv 2511.20157. Written from the published layouts; the attributes
carry the names of HSMR's and SKEL-CF's checkpoints.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from borelli.lifting.published.cross_attention import Decoder
from borelli.lifting.published.vit import Backbone

POSE, SHAPE, CAMERA = 144, 10, 3
"""Numbers read out: 24 joints of 6, shape components, scale and two shifts of a weak camera."""
BOX = 3
"""What SKEL-CF knows about a crop: shift of its centre from the picture's and its side, per focal length."""
BOTTLENECK = 256


@dataclass(frozen=True)
class Sizes:
    """Everything about a network that its weights' shapes tell."""

    width: int
    """Of the backbone's tokens."""
    depth: int
    heads: int
    hidden: int
    tokens: int
    """Patches of a crop."""
    decoder_width: int
    decoder_depth: int
    inner: int
    """Heads of the decoder times 64."""
    decoder_hidden: int
    queries: int
    bottleneck: int = BOTTLENECK

    def backbone(self) -> Backbone:
        """The image network."""
        return Backbone(self.width, self.depth, self.heads, self.hidden, self.tokens)

    def decoder(self, embedded: bool) -> Decoder:
        """The decoder, over tokens of the backbone's width."""
        return Decoder(
            self.decoder_width, self.decoder_depth, self.inner, self.decoder_hidden, self.width, self.queries,
            embedded,
        )  # fmt: skip


@dataclass(frozen=True)
class Prediction:
    """Of N crops."""

    pose: Tensor
    """(N, 144)."""
    shape: Tensor
    """(N, 10)."""
    camera: Tensor
    """(N, 3) scale, then shift in units of half a crop."""


class SinglePassHead(nn.Module):
    """HSMR's and HMR2.0's head: one token that looks at the image once, added to mean parameters."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.transformer = sizes.decoder(embedded=True)
        self.poses_decoder = nn.Linear(sizes.decoder_width, POSE)
        self.betas_decoder = nn.Linear(sizes.decoder_width, SHAPE)
        self.cam_decoder = nn.Linear(sizes.decoder_width, CAMERA)
        self.register_buffer("init_poses", torch.zeros(1, POSE))
        self.register_buffer("init_betas", torch.zeros(1, SHAPE))
        self.register_buffer("init_cam", torch.zeros(1, CAMERA))

    def forward(self, image: Tensor) -> Prediction:
        """Tokens of the image (N, L, width)."""
        decoder = self.transformer
        nothing = image.new_zeros(len(image), 1, 1)
        token = decoder.to_token_embedding(nothing) + decoder.pos_embedding[:, :1]
        for index in range(len(decoder.transformer.layers)):
            token = decoder.transformer.step(index, token, image)
        seen = token[:, 0]
        return Prediction(
            self.poses_decoder(seen) + self.init_poses,
            self.betas_decoder(seen) + self.init_betas,
            self.cam_decoder(seen) + self.init_cam,
        )


class CoarseToFineHead(nn.Module):
    """SKEL-CF's head: a guess from the mean token, then one correction per layer from three new tokens."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.transformer = sizes.decoder(embedded=False)
        self.poses_decoder = _readout(sizes, POSE)
        self.betas_decoder = _readout(sizes, SHAPE)
        self.cam_decoder = _readout(sizes, CAMERA)
        self.to_pose_embedding = nn.Linear(POSE + BOX, sizes.decoder_width)
        self.to_betas_embedding = nn.Linear(SHAPE + BOX, sizes.decoder_width)
        self.to_cam_embedding = nn.Linear(CAMERA + BOX, sizes.decoder_width)
        self.register_buffer("mean_poses", torch.zeros(1, POSE))
        self.register_buffer("mean_betas", torch.zeros(1, SHAPE))
        self.register_buffer("mean_cam", torch.zeros(1, CAMERA))

    def forward(self, image: Tensor, box: Tensor) -> Prediction:
        """Tokens of the image (N, L, width) and its place in the picture (N, 3)."""
        whole = image.mean(dim=1)
        now = Prediction(
            self.poses_decoder(whole) + self.mean_poses,
            self.betas_decoder(whole) + self.mean_betas,
            self.cam_decoder(whole) + self.mean_cam,
        )
        decoder = self.transformer
        tokens = self._tokens(now, box) + decoder.pos_embedding[:, :3]
        for index in range(len(decoder.transformer.layers)):
            tokens = decoder.transformer.step(index, tokens, image)
            now = Prediction(
                now.pose + self.poses_decoder(tokens[:, 0]),
                now.shape + self.betas_decoder(tokens[:, 1]),
                now.camera + self.cam_decoder(tokens[:, 2]),
            )
            tokens = self._tokens(now, box)
        return now

    def _tokens(self, now: Prediction, box: Tensor) -> Tensor:
        embedded = (
            self.to_pose_embedding(torch.cat([now.pose, box], dim=-1)),
            self.to_betas_embedding(torch.cat([now.shape, box], dim=-1)),
            self.to_cam_embedding(torch.cat([now.camera, box], dim=-1)),
        )
        return torch.stack(embedded, dim=1)


class SinglePass(nn.Module):
    """HSMR or HMR2.0."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.backbone = sizes.backbone()
        self.head = SinglePassHead(sizes)

    def forward(self, pictures: Tensor, box: Tensor) -> Prediction:
        """Normalised crops (N, 3, 256, 192); where they lie in the picture is not looked at."""
        return self.read(self.backbone(pictures), box)

    def read(self, image: Tensor, box: Tensor) -> Prediction:
        """What the tokens of the image (N, L, width) say."""
        return self.head(image)


class CoarseToFine(nn.Module):
    """SKEL-CF."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.backbone = sizes.backbone()
        self.decoder = CoarseToFineHead(sizes)

    def forward(self, pictures: Tensor, box: Tensor) -> Prediction:
        """Normalised crops (N, 3, 256, 192) and their place in the picture (N, 3)."""
        return self.read(self.backbone(pictures), box)

    def read(self, image: Tensor, box: Tensor) -> Prediction:
        """What the tokens of the image (N, L, width) say."""
        return self.decoder(image, box)


def _readout(sizes: Sizes, size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(sizes.decoder_width, sizes.bottleneck), nn.GELU(), nn.Linear(sizes.bottleneck, size)
    )
