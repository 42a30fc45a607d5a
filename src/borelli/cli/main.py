"""Entry point: commands in, exit code out; problems that users can act on are one line on stderr."""

import sys
from collections.abc import Sequence
from importlib.metadata import version

import tyro

from borelli.cli.arguments import arranged
from borelli.cli.commands import (
    Batch,
    Benchmark,
    Command,
    Demo,
    Doctor,
    Evaluate,
    Export,
    Index,
    InverseDynamics,
    Measure,
    PlanBatch,
    PredictForces,
    Render,
    Run,
    Synth,
    TrainLifter,
    TrainPolicy,
    View,
)
from borelli.errors import BorelliError

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
DESCRIPTION = """Ordinary video of people to anatomical motion.
`borelli COMMAND --help` lists the options; @FILE.toml reads them from a file."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 a stated problem, 2 wrong usage, 130 interrupted."""
    command = parse(sys.argv[1:] if arguments is None else arguments)
    if _without_videos(command):
        name = type(command).__name__.lower()
        print(f"borelli: give at least one video; `borelli {name} --help` lists the options", file=sys.stderr)
        sys.exit(WRONG_USAGE)
    try:
        code = perform(command)
    except BorelliError as error:
        code = fail(str(error))
    except OSError as error:
        code = fail(f"{error.filename or 'a file'}: {error.strerror or error}")
    except KeyboardInterrupt:
        print("borelli: interrupted; finished stages are kept, run again to go on", file=sys.stderr)
        code = INTERRUPTED
    sys.exit(code)


def parse(arguments: Sequence[str]) -> Command:
    """The command that is meant; exits with 0 after a help text or the version, with 2 after a mistake."""
    if list(arguments) == ["--version"]:
        print(f"borelli {version('borelli')}")
        sys.exit(0)
    try:
        words = arranged(arguments)
    except BorelliError as error:
        fail(str(error))
        sys.exit(WRONG_USAGE)
    return tyro.cli(Command, prog="borelli", description=DESCRIPTION, args=words)


def perform(command: Command) -> int:
    """Carry out a command; returns the exit code. Imports late, as commands differ in what they load."""
    match command:
        case Run() if command.recordings:
            from borelli.cli.recordings import run_recording

            return run_recording(command)
        case Run():
            from borelli.cli.run import run

            return run(command)
        case Batch():
            from borelli.cli.batch import batch

            return batch(command)
        case PlanBatch():
            from borelli.cli.plan import plan

            return plan(command)
        case Index():
            from borelli.cli.index import index

            return index(command)
        case Demo():
            from borelli.cli.demo import demo

            return demo(command)
        case Evaluate():
            from borelli.cli.evaluate import print_evaluation

            return print_evaluation(command)
        case InverseDynamics():
            from borelli.cli.inverse_dynamics import print_inverse_dynamics

            return print_inverse_dynamics(command)
        case PredictForces():
            from borelli.cli.predict_forces import print_predicted_forces

            return print_predicted_forces(command)
        case Benchmark():
            from borelli.evaluation.benchmark.config import BenchmarkConfig
            from borelli.evaluation.benchmark.main import main as benchmark

            benchmark(BenchmarkConfig(**vars(command)))
            return 0
        case Synth():
            from borelli.cli.synth import synth

            return synth(command)
        case TrainLifter():
            from borelli.cli.train import train

            return train(command)
        case TrainPolicy():
            from borelli.cli.train_policy import train_policy

            return train_policy(command)
        case Render():
            from borelli.cli.render import render

            return render(command)
        case Measure():
            from borelli.cli.measure import print_measures

            return print_measures(command)
        case Export():
            from borelli.cli.export import export

            return export(command)
        case View():
            from borelli.cli.view import view

            return view(command)
        case Doctor():
            from borelli.cli.doctor import doctor

            return doctor()


def _without_videos(command: Command) -> bool:
    if isinstance(command, Run):
        return not command.videos and not command.recordings
    return isinstance(command, Batch | PlanBatch) and not command.inputs


def fail(message: str) -> int:
    """One line on stderr; returns the exit code of a stated problem."""
    print("borelli: " + " ".join(message.split()), file=sys.stderr)
    return FAILED
