import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import gangame
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


def test_a_line_cut_off_in_the_writing_is_closed_by_the_next(tmp_path):
    path = tmp_path / "a.txt"
    store.append_line(path, "one")
    with path.open("a") as file:
        file.write("tw")
    store.append_line(path, "three")
    assert path.read_text() == "one\ntw\nthree\n"


def test_what_is_not_finite_is_null_in_json(tmp_path):
    store.write_json(tmp_path / "a.json", {"x": [float("nan"), np.float32("inf"), np.int64(3)]})
    assert store.read_json(tmp_path / "a.json") == {"x": [None, None, 3]}


def on_a_full_disk(folder, code):
    """Runs Python in a process that cannot write beyond the 2,000th byte of any file; returns status, output, error."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"
    lines = ["import sys", "from gangame.lab import cli, spec, store", "from pathlib import Path", limit, code]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(gangame.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_full_disk_leaves_the_old_file_and_the_old_lines_whole(tmp_path):
    code = """
for attempt in (
    lambda: store.write(Path("a.txt"), b"n" * 5000),
    lambda: store.append_line(Path("b.txt"), "n" * 5000),
):
    try:
        attempt()
    except spec.UserError as error:
        print(error)
"""
    store.write(tmp_path / "a.txt", b"old")
    store.append_line(tmp_path / "b.txt", "one")
    status, out, err = on_a_full_disk(tmp_path, code)
    assert (status, err) == (0, "")
    first, second = out.splitlines()
    assert first.startswith("Could not write a.txt: ")
    assert second.startswith("Could not append to b.txt: ")
    assert "free space" in first
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert (tmp_path / "b.txt").read_text() == "one\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_a_full_disk_stops_a_run_with_one_sentence(tmp_path):
    typed = "play bilinear simultaneous --steps 400 --every 1 --seeds 2 --output run --quiet"
    status, out, err = on_a_full_disk(tmp_path, f"sys.argv = {['gangame', *typed.split()]}\ncli.main()")
    assert status == 2
    assert "What is in run is kept" in err
    assert "gangame play --resume run" in err
    assert "Traceback" not in out + err
