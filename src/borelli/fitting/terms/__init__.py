"""One kind of evidence per file. A term adds its cost and derivatives to the normal equations."""

from typing import Protocol

from borelli.fitting.normal import Normal
from borelli.fitting.state import View


class Term(Protocol):
    """Anything that pulls on the state."""

    def add_to(self, normal: Normal, view: View) -> None:
        """Add cost and, unless `normal.cost_only`, derivatives at this view."""
        ...
