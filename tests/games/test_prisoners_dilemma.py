import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import analysis, games, rules
from gangame.metrics import wilson

PAYOFFS = {("C", "C"): -1.0, ("C", "D"): -3.0, ("D", "C"): 0.0, ("D", "D"): -2.0}
ROUNDS = list(PAYOFFS)
COOPERATE, DEFECT, TIT_FOR_TAT = np.full(5, 60.0), np.full(5, -60.0), 60.0 * np.array([1, 1, -1, 1, -1])


def taken(cooperates, action):
    """The probability of an action of somebody who cooperates with that probability."""
    return cooperates if action == "C" else 1 - cooperates


def values(policies, discount, num_rounds):
    """Discounted sums of payoffs, round by round, from the tables of probabilities."""
    p, q = (1 / (1 + np.exp(-np.asarray(own))) for own in policies)
    seen = {(first, second): taken(p[0], first) * taken(q[0], second) for first, second in ROUNDS}
    totals = np.zeros(2)
    for t in range(num_rounds):
        for (first, second), chance in seen.items():
            totals += discount**t * chance * np.array([PAYOFFS[first, second], PAYOFFS[second, first]])
        after = dict.fromkeys(ROUNDS, 0.0)
        for (first, second), chance in seen.items():
            mine = p[1 + ROUNDS.index((first, second))]
            yours = q[1 + ROUNDS.index((second, first))]  # the other sees itself first
            for one, other in ROUNDS:
                after[one, other] += chance * taken(mine, one) * taken(yours, other)
        seen = after
    return totals


def losses(game, policies):
    made = game.losses(dict(zip(("p1", "p2"), map(jnp.asarray, policies), strict=True)), None)
    return np.array([made["p1"], made["p2"]])


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.9])
def test_values_are_the_sums_over_rounds(discount):
    game = games.prisoners_dilemma(discount)
    policies = np.random.default_rng(0).standard_normal((2, 5))
    # The rest after 400 rounds is below 3·0.9⁴⁰⁰/0.1 = 2e-17.
    np.testing.assert_allclose(losses(game, policies), -values(policies, discount, 400), rtol=1e-12)


def test_pure_policies_get_what_one_counts_by_hand():
    game = games.prisoners_dilemma()
    horizon = 1 / (1 - 0.96)
    for policies, expected in {
        "CC": ((COOPERATE, COOPERATE), (horizon, horizon)),
        "DD": ((DEFECT, DEFECT), (2 * horizon, 2 * horizon)),
        "CD": ((COOPERATE, DEFECT), (3 * horizon, 0)),
        "TT": ((TIT_FOR_TAT, TIT_FOR_TAT), (horizon, horizon)),
        # Tit for tat is exploited once and then defects too.
        "TD": ((TIT_FOR_TAT, DEFECT), (3 + 2 * (horizon - 1), 2 * (horizon - 1))),
    }.values():
        np.testing.assert_allclose(losses(game, policies), expected, rtol=1e-10, atol=1e-10)


def test_the_game_is_symmetric_and_its_payoffs_may_be_others():
    game = games.prisoners_dilemma(0.7, payoffs=(3.0, 0.0, 5.0, 1.0))
    first, second = np.random.default_rng(1).standard_normal((2, 5))
    np.testing.assert_allclose(losses(game, (first, second)), losses(game, (second, first))[::-1], rtol=1e-13)
    assert losses(game, (DEFECT, COOPERATE))[0] == pytest.approx(-5 / 0.3)


def test_the_field_is_the_derivative_of_the_sum_over_rounds():
    game = games.prisoners_dilemma(0.8)
    policies = np.random.default_rng(2).standard_normal((2, 5))
    v = analysis.field(game)({"p1": jnp.asarray(policies[0]), "p2": jnp.asarray(policies[1])}, None)
    step = 1e-5
    for side, name in enumerate(("p1", "p2")):
        for i in range(5):
            moved = np.zeros((2, 5))
            moved[side, i] = step
            difference = values(policies + moved, 0.8, 200)[side] - values(policies - moved, 0.8, 200)[side]
            # Central differences: the rounding of the values, 1e-15·10, over the step.
            assert v[name][i] == pytest.approx(-difference / (2 * step), abs=1e-8)


def test_lola_learns_to_cooperate_where_simultaneous_steps_defect_and_like_tit_for_tat_on_average():
    """The result of Foerster et al. 2018, at the settings of Letcher et al.'s code: all rates 1, γ = 0.96.

    Here 54 of 64 seeds cooperate, [74 %, 91 %], against none. Policies are those of tit for tat on average; that both
    players have its very pattern is rarer, 13 of 64.
    """
    game = games.prisoners_dilemma()
    num_seeds = 64

    def learned(rule):
        def run(key):
            players = gg.play(game, rule, key, 200).players
            per_round = sum(game.losses(players, None).values()) / 2 * (1 - 0.96)
            return per_round, jnp.stack([players["p1"], players["p2"]])

        return (np.asarray(each) for each in jax.jit(jax.vmap(run))(jax.random.split(jax.random.key(0), num_seeds)))

    def interval(happened):
        return wilson(int(np.sum(happened)), len(happened))

    # A round costs 1 where both cooperate, and 2 where both defect.
    per_round, plain = learned(rules.simultaneous(1.0))
    assert interval(per_round > 1.75)[0] > 0.9
    per_round, shaped = learned(rules.lola(1.0, rate=1.0))
    assert interval(per_round < 1.25)[0] > 0.5
    # Tit for tat: cooperate after the other did (CC, DC) and not after it did not (CD, DD), logits of these signs.
    tit_for_tat = np.array([1, -1, 1, -1])
    patterns = [(np.sign(logits[:, :, 1:]) == tit_for_tat).all(axis=(1, 2)) for logits in (plain, shaped)]
    assert interval(patterns[1])[0] > interval(patterns[0])[1]
    # Means over the players of a seed, which depend on each other, then over seeds, which do not.
    cooperates = (1 / (1 + np.exp(-shaped[:, :, 1:]))).mean(axis=1)
    error = cooperates.std(axis=0) / np.sqrt(num_seeds)
    assert np.all(tit_for_tat * (cooperates.mean(axis=0) - 0.5) > 5 * error)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"discount": 1.0}, "discount is 1.0; it has to be from 0 to below 1"),
        ({"payoffs": (1.0, 2.0)}, r"payoffs is \(1.0, 2.0\); it has to be four numbers"),
        ({"start": ([0.0] * 4, [0.0] * 5)}, r"start for p1 has the shape \(4,\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.prisoners_dilemma(**arguments)
