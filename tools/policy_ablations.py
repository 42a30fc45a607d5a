"""What the parts of the policy's training are worth: python tools/policy_ablations.py MOCAP_PACK OUT SEED...

Trains small policies on walks, with blocks of the observation hidden and with other ways of learning, once
per seed, and performs the walks of the val split with each. Learning from reward alone and refinement get as
many seconds of processor as distillation took. What is in OUT/seed_N.json already is not done again; the
means over all seeds there are printed. Reconstructs clips first (about 15 minutes); a seed takes about 20
minutes on one core, and seeds may run side by side.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from borelli.body.model import body_model
from borelli.dynamics.policy.environment import EnvConfig, PolicyEnv
from borelli.dynamics.policy.library import Library, library
from borelli.dynamics.policy.perform import Decide, perform_clips, seeing
from borelli.dynamics.policy.worlds import flat_states
from borelli.evaluation.performed import summary, trial_figures
from borelli.evaluation.policy_clips import Trial, mocap_trials
from borelli.training.policy import distil as distillation
from borelli.training.policy import ppo
from borelli.training.policy.clips import training_clips
from borelli.training.policy.config import DistilConfig, PolicyTraining, PpoConfig
from borelli.training.policy.distil import act, distil, student
from borelli.training.policy.network import Perceptron

WALKS, VIEWS, ROUNDS = ("walk",), 3, 24
HIDDEN: dict[str, tuple[str, ...]] = {
    "everything": (),
    "without rays": ("rays",),
    "without features": ("features",),
    "place from rays alone": ("place",),
    "no evidence of place": ("place", "rays"),
}
SHARED = ("performed", "physhmr", "up", "mpjpe", "root")
FIGURES = (*SHARED, "side", "depth")
AWAY = 0.3
"""Metres from the nominal place, seen from the camera to the side or in depth."""
FROM_NOTHING = PpoConfig(10**6, batch=256, rate=3e-4, critic_first=1, most_change=0.05, clone=0.0)
REFINED = PpoConfig(10**6)
"""Iterations without end: the clock stops them."""
Found = dict[str, float]


class TimeIsUp(Exception):
    """Learning has had its share."""


@dataclass(frozen=True)
class Exam:
    """The val walks, to be performed with every network."""

    trials: list[Trial]
    clips: Library

    def figures(self, network: Perceptron) -> Found:
        """Shares and metres."""
        decide = seeing(self.clips, lambda seen: act(network, seen))
        found = perform_clips(self.clips, decide, 1)
        each = [trial_figures(body_model(), t, one) for t, one in zip(self.trials, found, strict=True)]
        shares = {name: float(getattr(summary(each), name)) for name in SHARED}
        depth = self.clips.nominal.qpos[:, 0, :3] - self.clips.centres[:, 0]
        depth = depth * (1, 0, 1) / np.linalg.norm(depth[:, [0, 2]], axis=1, keepdims=True)
        side = np.cross(depth, (0.0, 1.0, 0.0))
        return shares | {"side": self._left(decide, side), "depth": self._left(decide, depth)}

    def _left(self, decide: Decide, way: np.ndarray) -> float:
        """Share of a start that is AWAY from the motion that is left in the last half second, on average."""
        start = flat_states(self.clips.nominal.qpos[:, 0], self.clips.nominal.qvel[:, 0]).copy()
        start[:, 1:4] += AWAY * way
        left = []
        for i, one in enumerate(perform_clips(self.clips, decide, 1, start)):
            gap = one.qpos[:, :3] - self.clips.nominal.qpos[i, : len(one.qpos), :3]
            left.append(float((gap @ way[i])[-15:].mean()) / AWAY)
        return float(np.mean(left))


def main(pack: Path, out: Path, seeds: list[int]) -> None:
    """Run what is not done yet, and print what is known."""
    torch.set_num_threads(1)
    distillation.THREADS = 1
    out.mkdir(parents=True, exist_ok=True)
    model = body_model()
    trials, _ = mocap_trials(model, pack, "val", out / "clips", WALKS, VIEWS)
    exam = Exam(trials, library(model, [trial.clip for trial in trials]))
    clips = library(model, training_clips(model, pack, out / "clips", lambda done, total: None, WALKS))
    for seed in seeds:
        run_seed(exam, clips, out, seed)
    print(table([json.loads(path.read_text()) for path in sorted(out.glob("seed_*.json"))]))


def run_seed(exam: Exam, clips: Library, out: Path, seed: int) -> None:
    """All trainings of a seed."""
    done = out / f"seed_{seed}.json"
    found: dict[str, Found] = json.loads(done.read_text()) if done.is_file() else {}

    def keep(name: str, learn: Callable[[], Perceptron]) -> None:
        if name not in found:
            begun = time.process_time()
            network = learn()
            spent = time.process_time() - begun
            found[name] = {"seconds": spent, **exam.figures(network)}
            done.write_text(json.dumps(found, indent=1))
            print(seed, name, {key: round(value, 3) for key, value in found[name].items()}, flush=True)

    def taught(name: str, rounds: int, hidden: tuple[str, ...] = ()) -> Perceptron:
        training = PolicyTraining(seed=seed, hidden_blocks=hidden, distil=DistilConfig(rounds=rounds))
        return distil(training, clips, out / f"{name.replace(' ', '_')}_{seed}.pt", lambda number, told: None)

    for name, hidden in HIDDEN.items():
        keep(name, lambda name=name, hidden=hidden: taught(name, ROUNDS, hidden))
    seconds = found["everything"]["seconds"]
    keep("reward alone", lambda: rewarded(clips, newborn(clips, seed), FROM_NOTHING, seed, seconds, out))
    keep(
        "refined by reward",
        lambda: rewarded(clips, taught("everything", ROUNDS), REFINED, seed, seconds, out),
    )


def newborn(clips: Library, seed: int) -> Perceptron:
    """An untrained network that knows the range of its inputs, from bodies that nobody steers."""
    torch.manual_seed(seed)
    env = PolicyEnv(clips, EnvConfig(worlds=64, threads=1))
    network = student(PolicyTraining(seed=seed), env)
    seen, _ = env.reset(seed=seed)
    shown = [seen]
    for _ in range(20):
        shown.append(env.step(np.zeros((64, clips.targets.shape[2])))[0])
    env.close()
    network.look_at(torch.as_tensor(np.concatenate(shown)))
    return network


def rewarded(
    clips: Library, start: Perceptron, config: PpoConfig, seed: int, seconds: float, out: Path
) -> Perceptron:
    """What proximal policy optimisation makes of a network in some seconds of processor."""
    begun, checkpoint = time.process_time(), out / f"reward_{seed}.pt"
    checkpoint.unlink(missing_ok=True)

    def stop(number: int, told: Found) -> None:
        if time.process_time() - begun > seconds:
            raise TimeIsUp

    try:
        return ppo.refine(replace(PolicyTraining(seed=seed), ppo=config), start, clips, checkpoint, stop)
    except TimeIsUp:
        start.load_state_dict(torch.load(checkpoint, weights_only=True)["actor"])
        return start


def table(seeds: list[dict[str, Found]]) -> str:
    """Markdown: mean over seeds, with the least and the greatest."""
    lines = ["| | " + " | ".join(("seconds", *FIGURES)) + " |", "|---" * (2 + len(FIGURES)) + "|"]
    for name in seeds[0]:
        every = [found[name] for found in seeds if name in found]
        cells = [
            f"{np.mean(v):.3g} ({min(v):.3g} to {max(v):.3g})"
            for v in ([one[key] for one in every] for key in ("seconds", *FIGURES))
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [int(seed) for seed in sys.argv[3:]])
