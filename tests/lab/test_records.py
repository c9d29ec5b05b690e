"""Files of records become few, whatever interrupts that, and a run that goes on makes the same ones again."""

import numpy as np
import pytest

from gangame.lab import records, spec
from gangame.lab.lane import Lane

LANE = Lane("a", spec.Spec("simultaneous", {}), {})
SEEDS, EVERY, STEPS = 3, 2, 15
ENDS = [2, 4, 6, 8, 10, 12, 14, 15]  # the last record is nearer to the one before


def play(folder, after=0):
    """Writes the records of a run from a step on, one file for each."""
    for before, end in zip([0, *ENDS], ENDS, strict=False):
        if end > after:
            values = {"modes": np.full((SEEDS, 1), end, np.int32), "loss": np.full((SEEDS, 1), end / 3, np.float32)}
            records.write(folder, LANE, end, end - before, values)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / records.FOLDER).iterdir())}


def reach(folder):
    damage = []
    return records.reach(folder, LANE, SEEDS, EVERY, STEPS, damage), damage


@pytest.fixture
def merged(tmp_path):
    """A folder of merged records, their parts, and what the merged ones hold."""
    play(tmp_path)
    parts, before = contents(tmp_path), records.read_records(tmp_path)
    records.merge(tmp_path, LANE, SEEDS)
    return tmp_path, parts, before


def test_a_small_run_has_one_file_with_the_same_records(merged):
    folder, parts, before = merged
    assert len(parts) == len(ENDS)
    assert list(contents(folder)) == ["a-00000015.parquet"]
    after = records.read_records(folder)
    assert {name: each.tolist() for name, each in after.items()} == {n: each.tolist() for n, each in before.items()}
    assert {name: each.dtype for name, each in after.items()} == {name: each.dtype for name, each in before.items()}
    assert records.table(folder, LANE, SEEDS).steps.tolist() == ENDS
    assert reach(folder) == (STEPS, [])


def test_a_merging_that_was_interrupted_is_read_and_ended(merged):
    folder, parts, before = merged
    whole = contents(folder)
    for name in list(parts)[:5]:
        (folder / records.FOLDER / name).write_bytes(parts[name])  # not yet removed
    assert records.read_records(folder)["step"].tolist() == before["step"].tolist()
    assert records.table(folder, LANE, SEEDS).steps.tolist() == ENDS
    assert reach(folder) == (STEPS, [])
    records.merge(folder, LANE, SEEDS)
    assert contents(folder) == whole


@pytest.mark.parametrize("left", [0, 3, 5])
@pytest.mark.parametrize("step", [0, 8])
def test_a_run_that_goes_on_from_an_earlier_step_makes_the_same_file(merged, step, left):
    folder, parts, _ = merged
    whole = contents(folder)
    for name in list(parts)[:left]:  # of a merging that was interrupted
        (folder / records.FOLDER / name).write_bytes(parts[name])
    records.keep(folder, LANE, SEEDS, step)
    assert reach(folder) == (step, [])
    play(folder, after=step)
    records.merge(folder, LANE, SEEDS)
    assert contents(folder) == whole


def test_a_large_run_keeps_several_files(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "MERGED", 4 * SEEDS * 2)
    play(tmp_path)
    records.merge(tmp_path, LANE, SEEDS)
    whole = contents(tmp_path)
    assert list(whole) == ["a-00000008.parquet", "a-00000015.parquet"]
    assert reach(tmp_path) == (STEPS, [])
    for step in (4, 8, 12):
        records.keep(tmp_path, LANE, SEEDS, step)
        assert reach(tmp_path) == (step, [])
        play(tmp_path, after=step)
        records.merge(tmp_path, LANE, SEEDS)
        assert contents(tmp_path) == whole


def test_records_that_are_missing_before_a_merged_file_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "MERGED", 4 * SEEDS * 2)
    play(tmp_path)
    records.merge(tmp_path, LANE, SEEDS)
    (tmp_path / records.FOLDER / "a-00000008.parquet").unlink()
    assert reach(tmp_path) == (0, ["The records of a between the steps 0 and 15 are missing."])


def test_records_are_in_the_order_of_their_steps_however_many_digits_these_have(tmp_path):
    for end in (99_999_998, 100_000_000):
        records.write(tmp_path, LANE, end, 2, {"loss": np.full((SEEDS, 1), end)})
    assert set(records.read_records(tmp_path)["step"]) == {99_999_998, 100_000_000}
