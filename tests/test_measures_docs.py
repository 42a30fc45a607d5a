"""The page on readable numbers names all of them."""

from pathlib import Path

from borelli.measures.measure import definitions, read_table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "measures.md"


def test_every_number_is_on_the_page_by_its_label():
    text = " ".join(PAGE.read_text("utf-8").split())
    for name, meaning in definitions().items():
        wanted = (
            meaning.label.removesuffix(" length").removesuffix(" girth") if meaning.group == "body" else None
        )
        assert (wanted or meaning.label) in text.lower() or meaning.label in text, name


def test_definitions_of_gait_on_the_page_are_those_of_the_table():
    text = PAGE.read_text("utf-8")
    for meaning in definitions().values():
        if meaning.group == "gait":
            assert f"| {meaning.label}, {meaning.unit} | {meaning.definition}" in text, meaning.name


def test_every_angle_and_girth_of_the_tables_is_defined():
    angles = {f"range_{row['coordinate']}" for row in read_table("angles.csv")}
    girths = {f"girth_{row['girth']}" for row in read_table("girths.csv")}
    assert angles | girths <= set(definitions())
