"""What was saved comes back to the bit, for every rule; what is damaged is noticed, named, and skipped."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import games, rules
from gangame.lab import manifest
from gangame.lab.checkpoints import KEPT, Checkpoints
from gangame.lab.spec import UserError
from gangame.lab.watch import watched

STATUS = {"seconds": 0.1, "compile_seconds": 0.2, "gradients_per_step": 2}
TREE = {"x": jnp.arange(6.0), "none": jnp.zeros((0, 3)), "key": jax.random.key(1)}


def save(checkpoints, step, tree):
    checkpoints.save(step, tree, {"status": {**STATUS, "steps": step}})
    assert checkpoints.settle(wait=True)["step"] == step


@pytest.mark.parametrize("rule", rules.RULES)
def test_half_a_run_a_checkpoint_and_the_other_half_are_the_whole_run(rule, make_rule, tmp_path):
    with jax.enable_x64(False):
        game = games.bilinear()
        rule = watched(make_rule(rule, optax.adam(1e-2, eps_root=1e-16), 1e-2))
        begin = jax.jit(jax.vmap(partial(gg.start, game, rule)))(jax.random.split(jax.random.key(0), 2))

        @partial(jax.jit, static_argnums=1)
        def advance(runs, num_steps):
            return jax.vmap(lambda run: gg.advance(game, rule, run, num_steps))(runs)

        whole, half = advance(begin, 12), advance(begin, 6)
        checkpoints = Checkpoints(tmp_path, "abc")
        save(checkpoints, 6, half._replace(key=None, records=None))
        checkpoints.close()
        like = jax.eval_shape(lambda run: run._replace(key=None, records=None), begin)
        saved = Checkpoints(tmp_path, "abc").newest(like, 12, [])
        assert (saved.step, saved.facts["status"]["steps"]) == (6, 6)
        resumed = advance(jax.tree.map(jnp.asarray, saved.tree)._replace(key=begin.key), 6)
        for left, right in zip(jax.tree.leaves(resumed), jax.tree.leaves(whole), strict=True):
            assert left.dtype == right.dtype
            assert (left == right).all()


def test_typed_keys_and_empty_arrays_come_back_and_the_newest_stay(tmp_path):
    checkpoints = Checkpoints(tmp_path, "abc")
    for step in range(1, KEPT + 3):
        save(checkpoints, step, {**TREE, "x": TREE["x"] + step})
    assert checkpoints.steps() == [5, 4, 3]
    back = checkpoints.newest(jax.eval_shape(lambda: TREE), 4, [])
    np.testing.assert_array_equal(back.tree["x"], TREE["x"] + 4)
    assert back.tree["none"].shape == (0, 3)
    assert back.tree["key"] == TREE["key"]
    checkpoints.close()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    checkpoints = Checkpoints(folder, "abc")
    for step in (1, 2):
        save(checkpoints, step, TREE)
    checkpoints.close()
    return folder


@pytest.mark.parametrize("how", ["flipped", "cut", "removed"])
def test_damage_in_any_file_is_named_and_the_one_before_is_taken(saved, how):
    paths = [path for path in (saved / "2").rglob("*") if path.is_file()]
    assert len(paths) > 5
    for path in paths:
        content, damage = path.read_bytes(), []
        if how == "removed":
            path.unlink()
        else:
            place = len(content) // 3
            flipped = content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]
            path.write_bytes(flipped if how == "flipped" else content[:place])
        found = Checkpoints(saved, "abc").newest(jax.eval_shape(lambda: TREE), 9, damage)
        path.write_bytes(content)
        assert found.step == 1, path
        named = [path.relative_to(saved / "2").as_posix() in sentence for sentence in damage]
        assert named == [True] or (how == "removed" and path.name == manifest.NAME)  # then it was never saved
    assert Checkpoints(saved, "abc").newest(jax.eval_shape(lambda: TREE), 9, []).step == 2


def test_a_file_that_was_added_is_damage_too(saved):
    (saved / "2" / "more").touch()
    damage = []
    assert Checkpoints(saved, "abc").newest(jax.eval_shape(lambda: TREE), 9, damage).step == 1
    (saved / "2" / "more").unlink()
    assert "its file more was added" in damage[0]


def test_another_configuration_or_structure_is_refused(saved):
    with pytest.raises(UserError, match="saved with another configuration"):
        Checkpoints(saved, "other").newest(jax.eval_shape(lambda: TREE), 9, [])
    damage = []
    other = {**TREE, "x": jnp.zeros(7)}
    assert Checkpoints(saved, "abc").newest(jax.eval_shape(lambda: other), 9, damage) is None
    assert len(damage) == 2
