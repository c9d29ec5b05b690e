import resource

import jax
import numpy as np
import pytest

from gangame.lab import store
from gangame.lab.spec import UserError

TREE = {"x": np.arange(6.0).reshape(2, 3), "y": {"bias": np.ones(2, np.float32)}}


def test_a_tree_comes_back_as_it_was(tmp_path):
    store.save_tree(tmp_path / "a.npz", TREE)
    back = store.load_tree(
        tmp_path / "a.npz", jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), TREE)
    )
    assert jax.tree.structure(back) == jax.tree.structure(TREE)
    assert all(jax.tree.leaves(jax.tree.map(np.array_equal, back, TREE)))
    assert back["y"]["bias"].dtype == np.float32


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_damaged_byte_is_noticed(tmp_path, place):
    path = tmp_path / "a.npz"
    store.save_tree(path, {"x": np.random.default_rng(0).standard_normal(2000)})
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"damaged"):
        store.load_tree(path, {"x": np.zeros(2000)})


def test_a_file_cut_short_is_noticed(tmp_path):
    path = tmp_path / "a.npz"
    store.save_tree(path, TREE)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match=r"damaged"):
        store.load_tree(path, TREE)


def test_a_tree_of_another_game_is_refused(tmp_path):
    store.save_tree(tmp_path / "a.npz", TREE)
    with pytest.raises(UserError, match=r"does not belong to this run"):
        store.load_tree(tmp_path / "a.npz", {"x": np.zeros(3)})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"Could not read .*gone.npz: No such file"):
        store.load_tree(tmp_path / "gone.npz", TREE)


def test_a_record_cut_off_in_the_writing_is_left_out(tmp_path):
    store.append_records(tmp_path, [{"step": 1}, {"step": 2}])
    with (tmp_path / store.RECORDS).open("a") as file:
        file.write('{"step": 3')
    assert store.read_records(tmp_path) == [{"step": 1}, {"step": 2}]


def test_damage_in_the_middle_of_the_records_is_told_with_its_line(tmp_path):
    (tmp_path / store.RECORDS).write_text('{"step": 1}\noops\n{"step": 3}\n')
    with pytest.raises(UserError, match=r"line 2"):
        store.read_records(tmp_path)


def test_what_is_not_finite_is_null_in_json(tmp_path):
    store.write_json(tmp_path / "a.json", {"x": [float("nan"), np.float32("inf"), np.int64(3)]})
    assert store.read_json(tmp_path / "a.json") == {"x": [None, None, 3]}


@pytest.fixture
def no_room():
    """Makes every write beyond 2,000 bytes of a file fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_old_file_whole(tmp_path, no_room):
    path = tmp_path / "a.txt"
    store.write(path, b"old")
    with pytest.raises(UserError, match=r"Could not write .*free space"):
        store.write(path, b"n" * 5000)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_leaves_the_records_that_were_there(tmp_path, no_room):
    store.append_records(tmp_path, [{"step": 1}])
    with pytest.raises(UserError, match=r"Could not append"):
        store.append_records(tmp_path, [{"step": step} for step in range(500)])
    assert store.read_records(tmp_path) == [{"step": 1}]


def test_a_full_disk_stops_a_run_with_one_sentence(gangame, no_room):
    status, out, err = gangame("play bilinear simultaneous --steps 400 --every 1 --seeds 2 --output run")
    assert status == 2
    assert "What is in run is kept" in err
    assert "gangame play --resume run" in err
    assert "Traceback" not in out + err
