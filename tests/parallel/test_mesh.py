"""What eight devices compute is what one computes; see `on_eight_devices.py`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from gangame import games, parallel
from gangame.rules import RULES

# Five steps of sums in another order, float64; solves that do not end within their tolerance multiply rounding.
ROUNDING = 1e-12


@pytest.fixture(scope="module")
def found():
    script = Path(__file__).with_name("on_eight_devices.py")
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_rule_plays_data_parallel(found):
    assert set(found["rules"]) == set(RULES)
    for name, each in {**found["rules"], **found["networks"]}.items():
        assert each["deviation"] < ROUNDING, name
        assert each["talks"], name  # the devices had parts of the sample, and added up


def test_a_buffer_of_images_is_cut_over_the_devices_and_each_part_is_read_once(found):
    assert found["streamed"] == {"taken": [8] * 8, "held": [8] * 8, "deviation": 0.0}


def test_large_players_are_cut_over_the_devices(found):
    assert found["large"]["deviation"] < ROUNDING
    assert found["large"]["held"]
    assert set(found["large"]["held"]) == {1 / 8}


def test_a_sweep_is_spread_over_the_devices(found):
    assert found["sweep"]["deviation"] < ROUNDING
    assert found["sweep"]["shape"] == [3, 5, 4]
    assert (found["sweep"]["devices"], found["sweep"]["parts"]) == (8, 8)


def test_the_command_line_spreads_sweeps_and_comparisons_by_itself(found):
    assert found["commands"]["deviation"] < ROUNDING
    assert found["commands"]["records"] == 2
    assert found["commands"]["held"] == [2] * 8  # of twelve runs, and four copies


def test_seeds_that_the_devices_do_not_divide_are_played_and_a_sample_that_they_do_not_is_told(found):
    assert found["uneven"]["deviation"] < ROUNDING
    assert found["uneven"]["shape"] == [3]
    assert (
        "can be cut into 4 parts along its first axis; choose a batch size that is a multiple of 4"
        in (found["uneven"]["said"])
    )


@pytest.fixture
def mesh():
    return jax.make_mesh((1,), ("data",))


def test_an_axis_that_is_not_there_is_named(mesh):
    with pytest.raises(ValueError, match="axis is 'seeds'; the mesh has 'data'"):
        parallel.spread(games.bilinear(), mesh, "seeds")


def test_equal_placements_compile_once(mesh):
    game, traces = games.bilinear(), []

    @jax.jit
    def losses(game, players):
        traces.append(None)
        return game.losses(players, None)

    players = game.init(jax.random.key(0))
    for _ in range(2):
        losses(parallel.spread(game, mesh), players)
    assert len(traces) == 1


def test_what_else_losses_can_do_stays_in_sight(mesh):
    game = games.mixture(hidden=(4,), discriminator_hidden=(4,), latent_dim=2, batch_size=4)
    spread, key = parallel.spread(game, mesh), jax.random.key(0)
    players = game.init(key)
    assert (games.generate(spread, players, key, 3) == games.generate(game, players, key, 3)).all()
    assert not hasattr(spread.losses, "nothing")


def test_a_sample_that_cannot_be_cut_is_refused():
    mesh = jax.sharding.AbstractMesh((3,), ("data",))
    game = games.mixture(hidden=(4,), discriminator_hidden=(4,), latent_dim=2, batch_size=16)
    placement = parallel.Placement(mesh, "data")
    batch = jax.eval_shape(game.sample, jax.random.key(0))
    with pytest.raises(ValueError, match="multiple of 3"):
        parallel._cut(placement, batch)
