"""Finished stages on disk."""

from pathlib import Path

import pytest

from borelli.pipeline.cache import StageRecord, file_hash, finished, forget, record, stage_key, whole_file


def test_a_file_that_fails_half_way_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(RuntimeError), whole_file(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    assert target.read_text() == "old"


def test_a_whole_file_is_written_under_its_own_name(tmp_path: Path) -> None:
    with whole_file(tmp_path / "new" / "table.csv") as partial:
        assert partial.name == "table.csv"
        partial.write_text("whole")
    assert (tmp_path / "new" / "table.csv").read_text() == "whole"
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_a_stage_counts_as_finished_for_the_same_key_while_its_files_exist(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"a")
    done = StageRecord("people", "key", 1.5, ("a.npz",))
    record(tmp_path, done)
    assert finished(tmp_path, "people", "key") == done
    assert finished(tmp_path, "people", "other") is None
    (tmp_path / "a.npz").unlink()
    assert finished(tmp_path, "people", "key") is None


def test_a_forgotten_or_damaged_mark_does_not_count(tmp_path: Path) -> None:
    record(tmp_path, StageRecord("people", "key", 1.5, ()))
    forget(tmp_path, "people")
    assert finished(tmp_path, "people", "key") is None
    (tmp_path / "stages" / "people.json").write_text('{"stage": "peo')
    assert finished(tmp_path, "people", "key") is None


def test_keys_depend_on_stage_and_content_but_not_on_order() -> None:
    assert stage_key("a", {"x": 1, "y": 2}) == stage_key("a", {"y": 2, "x": 1})
    assert stage_key("a", {"x": 1}) != stage_key("b", {"x": 1})
    assert stage_key("a", {"x": 1}) != stage_key("a", {"x": 2})


def test_the_hash_of_a_folder_notices_every_file(tmp_path: Path) -> None:
    (tmp_path / "0.json").write_text("{}")
    before = file_hash(tmp_path)
    (tmp_path / "1.json").write_text("")
    assert file_hash(tmp_path) != before
    known = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # SHA-256 of {}
    assert file_hash(tmp_path / "0.json") == known
