"""What a batch is given becomes named items: the same ones in every process, without holding the list."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borelli.batch.item import Item, configured
from borelli.batch.run import listed
from borelli.batch.shard import WHOLE, Shard, array_shard, parse_shard
from borelli.errors import BorelliError
from borelli.pipeline.config import RunConfig


def items(*inputs: object, part: Shard = WHOLE) -> list[Item]:
    count, found = listed([str(each) for each in inputs], part)
    result = list(found)
    assert len(result) == count
    return result


def empty(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def test_files_folders_and_patterns_are_found_in_order(tmp_path: Path) -> None:
    for name in (
        "v/b.mp4",
        "v/a.MOV",
        "v/deep/c.avi",
        "v/notes.txt",
        "v/.hidden.mp4",
        "v/.x/d.mp4",
        "w/e.mp4",
    ):
        empty(tmp_path / name)
    assert [i.name for i in items(tmp_path / "v")] == ["a", "b", "c"]
    assert [i.name for i in items(tmp_path / "w" / "e.mp4", tmp_path / "v" / "*.mp4")] == ["e", "b"]
    assert [i.name for i in items(tmp_path / "**" / "*.avi")] == ["c"]


def test_a_missing_file_is_an_item_and_an_empty_folder_an_error(tmp_path: Path) -> None:
    assert items(tmp_path / "gone.mp4")[0].source == str(tmp_path / "gone.mp4")
    with pytest.raises(BorelliError, match="is a folder without videos"):
        items(tmp_path)
    with pytest.raises(BorelliError, match="matches no video"):
        items(tmp_path / "*.mp4")


def test_shared_names_get_a_hash_of_the_place_whatever_the_order(tmp_path: Path) -> None:
    a, b, c = (empty(tmp_path / name) for name in ("1/walk.mp4", "2/Walk.mov", "3/run.mp4"))
    first = {i.source: i.name for i in items(a, b, c)}
    assert first[str(c)] == "run"
    assert first[str(a)].startswith("walk-") and first[str(b)].startswith("Walk-")
    assert len({name.casefold() for name in first.values()}) == 3
    assert {i.source: i.name for i in items(c, b, a)} == first
    assert {i.alone for i in items(a, b)} == {"walk", "Walk"}


def test_a_video_that_is_listed_twice_is_one_item(tmp_path: Path) -> None:
    video = empty(tmp_path / "v" / "walk.mp4")
    assert len(items(video, tmp_path / "v", video)) == 1


def test_a_manifest_sets_choices_and_carries_other_columns(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(
        "path,name,stature,mass,start,end,people,calibration,subject\n"
        'videos/a.mp4,first,"1.75 1.62",,1.5,2,"0,1",cam.toml,S 1\n'
        f"{tmp_path}/b.mp4,,,70,,,,,\n"
    )
    a, b = items(tmp_path / "list.csv")
    assert (a.source, a.name) == (f"{tmp_path}/videos/a.mp4", "first") and b.name == "b"
    assert a.carried == {"subject": "S 1"}
    base = RunConfig(people="largest", fov=60.0, mass=(50.0,))
    first, second = configured(a, base), configured(b, base)
    assert (first.stature, first.mass, first.start, first.end) == ((1.75, 1.62), (50.0,), 1.5, 2.0)
    assert (first.people, first.calib, first.fov) == ("0,1", tmp_path / "cam.toml", 60.0)
    assert (second.mass, second.people, second.stature) == ((70.0,), "largest", ())


def test_two_parts_of_one_video_are_two_items(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path,start,end\na.mp4,0,1\na.mp4,1,2\na.mp4,0,1\n")
    found = items(tmp_path / "list.csv")
    assert [i.choices["start"] for i in found] == ["0", "1"]
    assert len({i.name for i in found}) == 2


def test_one_video_with_two_names_is_two_items(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path,name,stature\na.mp4,tall,1.9\na.mp4,small,1.6\n")
    assert [(i.name, i.choices["stature"]) for i in items(tmp_path / "list.csv")] == [
        ("tall", "1.9"),
        ("small", "1.6"),
    ]


def test_one_video_with_two_statures_and_one_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path,stature\na.mp4,1.9\nb.mp4,1.7\na.mp4,1.6\n")
    with pytest.raises(BorelliError, match=r"a\.mp4 is listed twice with different choices; give the rows"):
        items(tmp_path / "list.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,stature\na.mp4,1\n", r"no column 'path' \(columns: file, stature\)"),
        ("", "no column 'path'"),
        ("path,stature\n,1.7\n", "row 1 of .* has no path"),
    ],
)
def test_bad_manifests_say_what_is_missing(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(BorelliError, match=words):
        items(tmp_path / "list.csv")


def test_a_value_that_is_no_number_is_the_fault_of_its_item_only(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path,stature\na.mp4,tall\nb.mp4,1.7\n")
    bad, good = items(tmp_path / "list.csv")
    with pytest.raises(BorelliError, match="stature 'tall' of the manifest is not a number"):
        configured(bad, RunConfig())
    assert configured(good, RunConfig()).stature == (1.7,)


def test_a_parquet_manifest_keeps_the_types_of_its_columns(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"path": ["a.mp4", "b.mp4"], "stature": [1.75, None], "age": [30, 40]})
    parquet.write_table(table, str(tmp_path / "list.parquet"))
    a, b = items(tmp_path / "list.parquet")
    assert a.carried == {"age": 30} and a.choices == {"stature": "1.75"} and b.choices == {}


@given(total=st.integers(0, 200), count=st.integers(1, 20))
def test_shards_share_out_everything_once(total: int, count: int) -> None:
    parts = [list(Shard(i, count).of(range(total))) for i in range(count)]
    assert sorted(i for part in parts for i in part) == list(range(total))
    assert [len(part) for part in parts] == [Shard(i, count).size(total) for i in range(count)]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_shards_by_hand_count_from_one() -> None:
    assert parse_shard("1/3") == Shard(0, 3) and parse_shard("3/3") == Shard(2, 3)
    for text in ("0/3", "4/3", "3", "a/b", "-1/3", "1/0"):
        with pytest.raises(BorelliError, match="give i/n with i from 1 to n"):
            parse_shard(text)


def array(task: int, first: int, count: int, step: int = 1) -> dict[str, str]:
    values = {"ID": task, "MIN": first, "COUNT": count, "STEP": step}
    return {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in values.items()}


def test_slurm_arrays_are_read_wherever_they_begin() -> None:
    assert array_shard({}) == Shard(0, 1)
    assert array_shard(array(0, 0, 100)) == Shard(0, 100)
    assert array_shard(array(14, 10, 6, 2)) == Shard(2, 6)
    for uneven in (array(7, 1, 3), array(13, 10, 6, 2)):
        with pytest.raises(BorelliError, match="number the array evenly"):
            array_shard(uneven)


def test_memory_does_not_grow_with_the_list(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.csv"
        path.write_text("path,subject\n" + "".join(f"clips/{i:07d}.mp4,s{i}\n" for i in range(rows)))
        tracemalloc.start()
        assert sum(1 for _ in listed([str(path)])[1]) == rows
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(1_000), peak(11_000)
    assert (many - few) / 10_000 < 80  # bytes per video: hashes of name and place, and numpy's sorting
