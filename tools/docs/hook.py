"""What MkDocs does not know by itself: pages made from the source, and links to files outside docs/."""

import re
from collections.abc import Iterator
from pathlib import Path

from command_pages import command_pages
from example_page import example_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = re.compile(r"\]\((?:\.\./)+((?:src|tools|examples)/[^)#]+)\)")
"""Links from a page to a file of the repository."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the pages of the commands in the navigation, and under More those that no group names."""
    nav = [*(config.nav or []), {"Commands": list(command_pages())}]
    named = set(_paths(nav))
    more = [path.name for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in named]
    config.nav = [*nav, {"More": more}] if more else nav
    return config


def _paths(nav: object) -> Iterator[str]:
    """Pages of a navigation, at any depth."""
    if isinstance(nav, str):
        yield nav
    else:
        for item in nav.values() if isinstance(nav, dict) else nav:  # type: ignore[attr-defined]
            yield from _paths(item)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and the files of the repository that pages link to."""
    for path, text in {**command_pages(), "examples.md": example_page()}.items():
        files.append(File.generated(config, path, content=text))
    pages = [file.content_string for file in files.documentation_pages()]
    for target in sorted({found for text in pages for found in OUTSIDE.findall(text)}):
        files.append(File.generated(config, _copy(target), abs_src_path=str(ROOT / target)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links out of docs/ at the copies."""
    up = "../" * page.file.src_uri.count("/")
    return OUTSIDE.sub(lambda found: f"]({up}{_copy(found[1])})", markdown)


def _copy(target: str) -> str:
    """Place of a file of the repository in the site; as text, so that browsers show it."""
    return f"files/{target}.txt"
