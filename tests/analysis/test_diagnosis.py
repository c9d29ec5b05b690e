import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import analysis, games, metrics, nets, rules

SEEDS = 3
NUM_RECORDS = 50
RING = games.mixture().sample.data


@pytest.fixture
def promotion():
    return "standard"  # optax's Adam


def gan(cost="non_saturating", hidden=(32,), **how):
    networks = nets.mlp(4, hidden, 2), nets.mlp(2, hidden, 1)
    return games.gan(*networks, RING, latent_dim=4, batch_size=64, cost=cost, **how)


def adam(rate):
    return optax.adam(rate, b1=0.5)


def regimes_of(records):
    return [
        analysis.diagnose(jax.tree.map(lambda each, seed=seed: each[seed], records)).regime for seed in range(SEEDS)
    ]


def watched(make, num_steps, *swept):
    """Plays `make(*one of each swept) -> game, rule` on all seeds of all that is swept, `[..., seeds]`."""

    def play(key, *values):
        game, rule = make(*values)
        observe = analysis.vital_signs(game, num_samples=128)
        return gg.play(game, rule, key, num_steps, observe=observe, every=num_steps // NUM_RECORDS).records

    over_seeds = jax.vmap(play, in_axes=(0, *[None] * len(swept)))
    keys = jax.random.split(jax.random.key(0), SEEDS)
    over_all = jax.vmap(over_seeds, in_axes=(None, *[0] * len(swept))) if swept else over_seeds
    return jax.jit(over_all)(keys, *map(jnp.asarray, swept))


def test_runs_that_are_brought_into_a_regime_are_told_so():
    # by the rates of both and the strength of a penalty, which keeps the discriminator in bounds
    wanted = {
        "balanced": (1e-3, 1e-3, 1.0),
        "discriminator too strong": (1e-6, 3e-3, 0.0),
        "diverged": (1e10, 1e10, 0.0),
    }

    def make(generator, discriminator, strength):
        game = gan(penalty="r1", penalty_strength=strength)
        return game, rules.alternating({"generator": adam(generator), "discriminator": adam(discriminator)})

    records = watched(make, 800, *zip(*wanted.values(), strict=True))
    for place, regime in enumerate(wanted):
        found = regimes_of(jax.tree.map(lambda each, place=place: each[place], records))
        assert found == [regime] * SEEDS


def test_a_generator_that_answers_each_discriminator_first_collapses():
    """Maximin in place of minimax: all mass on the point that the discriminator likes best (the tutorial, slide 54)."""
    optimizer = {"generator": adam(1e-2), "discriminator": adam(1e-2)}
    rule = rules.alternating(optimizer, steps={"generator": 20})
    assert regimes_of(watched(lambda: (gan(), rule), 200)) == ["collapsed"] * SEEDS


def test_linear_players_of_a_value_without_curvature_oscillate():
    records = watched(lambda: (gan("wasserstein", ()), rules.alternating(0.1)), 400)
    assert regimes_of(records) == ["oscillating"] * SEEDS
    assert "jensen_shannon" not in records  # a critic's output is no logit


def test_vital_signs_where_they_are_known():
    game = gan(hidden=())
    zero = jax.tree.map(jnp.zeros_like, game.init(jax.random.key(0)))
    signs = analysis.vital_signs(game, num_samples=64)(zero, jax.random.key(1))
    # a discriminator that says 0 of everything is right by half, at its loss at equilibrium, and moves no sample
    assert signs["accuracy"] == 0.5
    assert signs["discriminator"] == pytest.approx(np.log(2))
    assert signs["at_equilibrium"][1] == pytest.approx(np.log(2))
    assert signs["jensen_shannon"] == pytest.approx(0, abs=1e-12)
    assert signs["gradient"] == 0
    assert signs["duplicates"] == 1
    assert signs["concentration"] == pytest.approx(np.log2(128))  # all samples are one
    knows = {**zero, "discriminator": {"Dense_0": {"kernel": jnp.array([[50.0], [0.0]]), "bias": jnp.array([150.0])}}}
    away = {"Dense_0": {**zero["generator"]["Dense_0"], "bias": jnp.array([-20.0, 0.0])}}
    signs = analysis.vital_signs(game, num_samples=64)({**knows, "generator": away}, jax.random.key(1))
    assert signs["accuracy"] == 1
    assert signs["jensen_shannon"] == pytest.approx(np.log(2))  # apart, and it knows


def quiet(**other):
    noise = np.random.default_rng(0).normal(size=(64, 2))
    signs = {"accuracy": 0.6, "concentration": 1.0, "missing": 0.0, "gradient": 1.0}
    return {**{name: np.full(64, value) for name, value in signs.items()}, "offset": 0.3 * noise, **other}


def test_noise_and_a_drift_are_no_oscillation_and_a_sine_in_noise_is():
    time = np.arange(64)
    assert analysis.diagnose(quiet()).regime == "balanced"
    assert analysis.diagnose(quiet(offset=0.05 * time[:, None] * np.ones(2))).regime == "balanced"
    sine = np.stack([np.sin(0.8 * time), 0 * time], axis=1)
    assert analysis.diagnose(quiet(offset=sine + quiet()["offset"])).regime == "oscillating"
    assert analysis.diagnose(quiet(offset=0.05 * sine)).regime == "balanced"  # too small to matter


def test_noise_is_called_an_oscillation_no_more_often_than_the_level_says():
    rng = np.random.default_rng(0)
    called = [analysis.diagnose(quiet(offset=rng.normal(size=(64, 2)))).regime == "oscillating" for _ in range(1000)]
    assert metrics.wilson(sum(called), len(called))[0] <= 2 * 0.01  # two directions are looked at


def test_a_discriminator_that_is_worse_than_guessing_is_behind():
    assert analysis.diagnose(quiet(accuracy=np.full(64, 0.2))).regime == "generator too strong"


def test_a_sign_that_is_not_finite_is_named_with_its_record():
    broken = np.full(64, 1.0)
    broken[40:] = np.nan
    found = analysis.diagnose(quiet(gradient=broken))
    assert found.regime == "diverged"
    assert str(found) == "diverged: gradient is not finite from record 40 of 64 on."


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: analysis.vital_signs(games.bilinear()), "no generator and discriminator"),
        (lambda: analysis.vital_signs(gan(packing=2), num_samples=3), "num_samples is 3; .* the packing, 2"),
        (lambda: analysis.diagnose({"accuracy": np.ones(20)}), "lack concentration, gradient, missing, offset"),
        (lambda: analysis.diagnose({name: each[:4] for name, each in quiet().items()}), re.escape("shape (4,)")),
    ],
)
def test_what_cannot_be_examined_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_missing_data_are_counted_wherever_the_samples_lie_beside_them():
    num_modes, rng = 8, np.random.default_rng(0)
    angles = 2 * np.pi * np.arange(num_modes) / num_modes
    modes = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    data = np.repeat(modes, 50, axis=0) + 0.01 * rng.normal(size=(400, 2))
    for left in (1, 4, 8):
        for spread in (1.0, 3.0):
            samples = np.repeat(modes[:left], 50, axis=0) + 0.01 * spread * rng.normal(size=(50 * left, 2))
            assert metrics.missing_share(samples, data) == pytest.approx(1 - left / num_modes, abs=0.02)  # tails
    around = 1.1 * np.stack([np.cos(t := rng.uniform(0, 2 * np.pi, 400)), np.sin(t)], axis=1)
    assert metrics.missing_share(around, data) == 0


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_concentration_is_the_share_of_the_support_in_any_dimension(dimension):
    rng = np.random.default_rng(0)
    data = rng.uniform(size=(1000, dimension))
    third = rng.uniform(size=(1000, dimension)) * np.array([1 / 3] + [1] * (dimension - 1))
    assert metrics.duplicates(data, data)["duplicates"] == pytest.approx(0.5, abs=1e-3)
    # edges, which have less of a neighbourhood, are more of a third than of the whole
    assert metrics.duplicates(third, data)["concentration"] == pytest.approx(3, rel=0.15)
