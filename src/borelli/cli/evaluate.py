"""`borelli evaluate`: scores in named groups."""

from rich.console import Console
from rich.table import Table

from borelli.cli.commands import Evaluate
from borelli.evaluation.evaluate import evaluate, load_reference
from borelli.motion.motion import load_motion


def print_evaluation(command: Evaluate) -> int:
    """Print one table per group of scores."""
    scores = evaluate(load_motion(command.prediction), load_reference(command.reference))
    console = Console()
    for group, values in scores.items():
        table = Table("score", "value", title=group, title_justify="left")
        for name, value in values.items():
            table.add_row(name, f"{value:.2f}")
        console.print(table)
    return 0
