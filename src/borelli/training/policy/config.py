"""Settings of the training of a policy."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NetworkConfig:
    """Layers of the student."""

    hidden: tuple[int, ...] = (384, 256, 128)


@dataclass(frozen=True)
class DistilConfig:
    """Rounds in which the student acts, the expert labels what it saw, and the student learns from all."""

    rounds: int = 100
    worlds: int = 32
    steps: int = 40
    """Decisions of every world per round."""
    expert_rounds: int = 3
    """Rounds in which only the expert acts; after that its share falls ..."""
    decay: float = 0.75
    """... by this factor per round."""
    updates: int = 150
    """Gradient steps per round."""
    batch: int = 256
    rate: float = 5e-4
    final_rate: float = 1e-4
    capacity: int = 400_000
    """Labels kept; the oldest are forgotten."""
    disturbance: float = 0.15
    """Standard deviation of noise on the actions that are carried out, in units of action."""


@dataclass(frozen=True)
class PpoConfig:
    """Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347) from the student on."""

    iterations: int = 60
    worlds: int = 64
    steps: int = 32
    """Decisions of every world per iteration."""
    epochs: int = 4
    batch: int = 1024
    rate: float = 2e-5
    critic_rate: float = 5e-4
    critic_first: int = 8
    """Iterations in which only the critic learns."""
    discount: float = 0.97
    trace: float = 0.95
    """Of generalised advantage estimation."""
    clip: float = 0.2
    spread: float = 0.15
    """Standard deviation of actions, fixed."""
    most_change: float = 0.02
    """Mean divergence of actions from those of the iteration's start, after which it ends."""
    clone: float = 0.5
    """Weight of staying near the distilled student."""


@dataclass(frozen=True)
class PolicyTraining:
    """Everything that a run depends on, besides its clips."""

    seed: int = 0
    device: str = "cpu"
    hidden_blocks: tuple[str, ...] = ()
    """Blocks of the observation that the network does not see, for ablations."""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    distil: DistilConfig = field(default_factory=DistilConfig)
    ppo: PpoConfig = field(default_factory=PpoConfig)
