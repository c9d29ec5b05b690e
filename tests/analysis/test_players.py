"""Instruments that are given the players of another game say whose they are."""

import jax
import jax.numpy as jnp
import pytest

import gangame as gg
from gangame import analysis, games, rules

GAME = games.bilinear()
STRANGERS = {"p1": jnp.ones(1), "p2": jnp.zeros(1)}
INSTRUMENTS = {
    "field": lambda game, w: analysis.field(game)(w, None),
    "spectrum": analysis.spectrum,
    "block_spectra": analysis.block_spectra,
    "helmholtz": analysis.helmholtz,
    "update_matrix": lambda game, w: analysis.update_matrix(rules.simultaneous(0.1), game, w),
    "verdict": lambda game, w: analysis.verdict(game, w, {}),
    "exploitability": lambda game, w: analysis.exploitability(game, w, 0.1, num_steps=1),
    "distance": analysis.distance_to_equilibrium,
    "play": lambda game, w: gg.play(game, rules.simultaneous(0.1), jax.random.key(0), 1, players=w),
}


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_the_players_of_another_game_are_told_with_those_of_this_one(name):
    with pytest.raises(ValueError, match="The players are p1, p2, and this game has x, y; give the players of this"):
        INSTRUMENTS[name](GAME, STRANGERS)


def test_a_game_without_equilibrium_knows_its_players_by_its_start():
    game = GAME._replace(equilibrium=None)
    for players, received in (({"x": 1.0}, "x"), ({"x": 1.0, "y": 0.0, "z": 2.0}, "x, y, z")):
        with pytest.raises(ValueError, match=f"The players are {received}, and this game has x, y"):
            analysis.field(game)(players, None)


def test_what_a_loss_itself_misses_stays_its_own_error():
    game = GAME._replace(losses=lambda players, batch: {"x": {}["data"], "y": 0.0})
    with pytest.raises(KeyError, match="data"):
        analysis.field(game)({"x": 1.0, "y": 0.0}, None)
