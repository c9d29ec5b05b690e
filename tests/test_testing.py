"""The checks of a rule pass where they should, and each of them catches what it is there for."""

import jax
import jax.numpy as jnp
import pytest

import gangame as gg
from gangame import analysis, games, rules, testing

GAMES = {"V = xy": games.bilinear(), "noisy": games.noisy_bilinear(), "curved": games.quadratic()}


def plain(update):
    """A rule without memory, from its update."""
    return lambda rate: gg.UpdateRule(lambda players: (), lambda *arguments: (update(rate, *arguments), arguments[2]))


def gradient_step(rate, game, players, state, key):
    v = analysis.field(game)(players, game.sample(key))
    return jax.tree.map(lambda w, g: w - jnp.asarray(rate, w.dtype) * g, players, v)


def never_samples(rate, game, players, state, key):
    return gradient_step(rate, game, players, state, jax.random.key(0))


def drifts(rate, game, players, state, key):
    return jax.tree.map(lambda w: w + 0.1, gradient_step(rate, game, players, state, key))


def stands(rate, game, players, state, key):
    return players


def ignores_its_rate(rate, game, players, state, key):
    return gradient_step(0.05, game, players, state, key)


def counts_traces(rate):
    done = [0]

    def update(game, players, state, key):
        done[0] += 1
        return gradient_step(rate / done[0], game, players, state, key), state

    return gg.UpdateRule(lambda players: (), update)


@pytest.fixture
def found():
    def check(make):
        return testing.check_rule(make, GAMES)

    return check


def test_a_sound_rule_passes_all(found):
    results = found(plain(gradient_step))
    assert results == {name: dict.fromkeys(testing.CHECKS, "") for name in GAMES}
    assert "\u2717" not in testing.table(results)


def test_a_rule_with_counters_and_memory_passes_all(found):
    assert not any(text for each in found(rules.optimistic_adam).values() for text in each.values())


@pytest.mark.parametrize(
    ("make", "game", "check"),
    [
        (plain(never_samples), "noisy", "moves"),
        (plain(drifts), "V = xy", "rests"),
        (plain(stands), "curved", "moves"),
        (plain(ignores_its_rate), "V = xy", "gradient"),
        (counts_traces, "V = xy", "scan = loop"),
        (counts_traces, "V = xy", "vmap = runs"),
    ],
)
def test_a_check_catches_what_it_is_there_for(make, game, check):
    results = testing.check_rule(make, {game: GAMES[game]})[game]
    assert results[check]
    assert results[check] in testing.table({game: results})


def test_a_refusal_is_no_failure():
    def refuses(rate):
        def init(players):
            raise ValueError("this rule needs three players.")

        return gg.UpdateRule(init, lambda *arguments: arguments[1:3])

    results = testing.check_rule(refuses, {"V = xy": GAMES["V = xy"]})
    assert results == {"V = xy": {"not played": "this rule needs three players."}}
    assert "not played" in testing.table(results)


def test_a_rule_in_the_place_of_its_factory_is_named():
    with pytest.raises(TypeError, match="the function that makes one"):
        testing.check_rule(rules.simultaneous(0.1))
