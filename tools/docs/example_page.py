"""The page of the runnable examples, made from the files themselves."""

import ast
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_INTRODUCTION = """# Examples

Short programs that run as they are: `python examples/01_video_to_angles.py walk.mp4 1.75`. Each says in its
first lines what to give it. The tests run them.

"""


def example_page() -> str:
    """Every example with its first sentence as heading."""
    return _INTRODUCTION + "\n".join(_section(path) for path in sorted(EXAMPLES.glob("[0-9]*.py")))


def _section(path: Path) -> str:
    code = path.read_text("utf-8").strip()
    title = (ast.get_docstring(ast.parse(code)) or path.stem).splitlines()[0].rstrip(".:")
    return f"## {int(path.stem[:2])}. {title}\n\n`examples/{path.name}`\n\n```python\n{code}\n```\n"
