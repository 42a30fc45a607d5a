"""The certificate of physics on the terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from borelli.dynamics.certificate import Certificate
from borelli.dynamics.certificate_rows import HEADER, certificate_table

STYLES = {"bad": "red", "care": "yellow", "good": "green"}


def print_certificate(console: Console, title: str, certificate: Certificate) -> None:
    """Figures before and after physics beside what is good, then what they mean."""
    rows = certificate_table(certificate)
    if rows:
        table = Table(*HEADER, title=title, title_justify="left", box=SIMPLE_HEAD)
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for remark in certificate.remarks:
        style = STYLES[remark.level]
        console.print(f"  {remark.text}", style=style, highlight=False, markup=False, soft_wrap=True)
