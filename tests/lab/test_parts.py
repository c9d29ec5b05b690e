import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab.parts import part, part_for_each_seed
from gangame.lab.spec import UserError


def test_what_is_done_is_not_done_again_unless_it_is_another_run(tmp_path, num_compiled):
    keys = jax.random.split(jax.random.key(0), 3)

    def play(held, key):
        return {"drawn": held * jax.random.uniform(key, (2,))}

    def seeds(about, keys=keys, folder=str(tmp_path / "parts")):
        return part_for_each_seed(folder, "row, one", about, keys, play, jnp.asarray(2.0))

    found = seeds("settings")
    expected = np.stack([2 * jax.random.uniform(key, (2,)) for key in keys])
    np.testing.assert_allclose(found["drawn"], expected, rtol=1e-12)
    assert found["cpu_seconds"].shape == (3,)
    before = num_compiled()
    again = seeds("settings")
    assert num_compiled() == before
    np.testing.assert_array_equal(found["cpu_seconds"], again["cpu_seconds"])
    assert len(list((tmp_path / "parts").iterdir())) == 3
    np.testing.assert_array_equal(seeds("other settings")["drawn"], found["drawn"])
    seeds("settings", jax.random.split(jax.random.key(1), 2))
    assert len(list((tmp_path / "parts").iterdir())) == 8


def test_what_was_cut_or_damaged_is_made_again(tmp_path):
    calls = []

    def make():
        calls.append(None)
        return {"x": np.arange(3)}

    for _ in range(2):
        np.testing.assert_array_equal(part(str(tmp_path), "a", 1, make)["x"], np.arange(3))
    assert len(calls) == 1
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    part(str(tmp_path), "a", 1, make)
    part(str(tmp_path), "a", 1, make)
    assert len(calls) == 2
    part("", "a", 1, make)
    assert len(calls) == 3


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="Could not write to"):
        part(str(tmp_path / "file"), "a", 1, lambda: {})
