"""The price games: the cobweb, and Edgeworth's duopoly."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import analysis, games, rules

SLOPES = [(1.0, 2.0), (1.5, 1.0), (3.0, 0.5)]


@pytest.mark.parametrize(("b", "c"), SLOPES)
def test_nobody_wants_to_move_where_demand_meets_supply_and_the_flow_leads_there(b, c):
    game = games.cobweb(b, c, intercept=3.0)
    p, q = game.equilibrium["price"], game.equilibrium["quantity"]
    assert float(p) == pytest.approx(3 - b * float(q))
    assert float(q) == pytest.approx(float(p) / c)
    assert all(abs(leaf) < 1e-15 for leaf in analysis.field(game)(game.equilibrium, None).values())
    J = np.asarray(analysis.jacobian(game, game.equilibrium, None))
    np.testing.assert_allclose(J, [[1, b], [-1, c]])
    assert np.linalg.eigvals(J).real.min() > 0


@pytest.mark.parametrize(("b", "c"), SLOPES)
def test_steps_of_best_response_converge_by_the_ratio_of_slopes(b, c):
    game = games.cobweb(b, c, intercept=2.0)
    best = {"price": 1.0, "quantity": 1 / c}

    def radius(rule):
        return float(analysis.spectral_radius(analysis.update_matrix(rule, game, game.equilibrium)))

    assert radius(rules.alternating(best)) == pytest.approx(b / c, rel=1e-12)
    assert radius(rules.simultaneous(best)) == pytest.approx(np.sqrt(b / c), rel=1e-12)
    for rate in (0.1, 2 / (b + c), 1.0):
        adaptive = rules.alternating({"price": 1.0, "quantity": rate})
        assert radius(adaptive) == pytest.approx(abs(1 - rate * (b + c)), abs=1e-12)


def test_a_cobweb_is_the_recursion_of_the_textbook():
    b, c, a = 1.2, 1.0, 2.0
    game = games.cobweb(b, c, intercept=a, start=(0.0, 0.5))
    rule = rules.alternating({"price": 1.0, "quantity": 1 / c})
    run = gg.play(game, rule, jax.random.key(0), 6, observe=lambda players, key: players["quantity"])
    told, q = [], 0.5
    for _ in range(6):
        q = (a - b * q) / c
        told.append(q)
    np.testing.assert_allclose(run.records, told, rtol=1e-13)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: games.cobweb(0.0), "demand_slope is 0.0; it has to be positive"),
        (lambda: games.cobweb(1.0, -1.0), "supply_slope is -1.0; it has to be positive"),
        (lambda: games.cobweb(intercept=float("nan")), "intercept is nan; it has to be"),
        (lambda: games.edgeworth(1.0), "capacity is 1.0; it has to be above 0.25 and below 1"),
        (lambda: games.edgeworth(num_prices=1), "num_prices is 1; it has to be a whole number, 2 or more"),
        (lambda: games.edgeworth_mixture(jnp.ones(1), 0.3), "capacity is 0.3; it has to be above 0.3333 and below 1"),
    ],
)
def test_bad_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def earned(own, other, capacity):
    """Profit by who buys where, from the text of the rules of the market."""
    if own < other:
        return own * min(capacity, 1 - own)
    if own == other:
        return own * min(capacity, (1 - own) / 2)
    return own * min(capacity, max(0.0, 1 - capacity - own))


@pytest.mark.parametrize("capacity", [0.3, 0.6, 0.9])
def test_payoffs_are_what_customers_leave(capacity):
    payoffs, prices = games.edgeworth_payoffs(capacity, 7)
    told = [[earned(float(own), float(other), capacity) for other in prices] for own in prices]
    np.testing.assert_allclose(payoffs, told, atol=1e-15)
    players = {"row": jnp.linspace(0, 1, 7), "column": jnp.linspace(1, 0, 7)}
    losses = games.edgeworth(capacity, num_prices=7).losses(players, None)
    p, q = (np.exp(w) / np.exp(w).sum() for w in (np.linspace(0, 1, 7), np.linspace(1, 0, 7)))
    assert float(losses["row"]) == pytest.approx(-p @ np.array(told) @ q)
    assert float(losses["column"]) == pytest.approx(-q @ np.array(told) @ p)


def answers(capacity, num_prices, num_rounds):
    """The prices of firms that answer each other in turn, after the first half of the rounds."""
    payoffs, prices = map(np.asarray, games.edgeworth_payoffs(capacity, num_prices))
    price, told = num_prices - 1, []
    for _ in range(num_rounds):
        price = int(np.argmax(payoffs[:, price]))
        told.append(prices[price])
    return np.array(told[num_rounds // 2 :])


@pytest.mark.parametrize("capacity", [0.45, 0.6, 0.75])
def test_answers_cycle_between_the_floor_and_the_price_of_what_is_left(capacity):
    num_prices = 400
    told = answers(capacity, num_prices, 2000)
    low, high = (1 - capacity) ** 2 / (4 * capacity), (1 - capacity) / 2
    # Undercutting costs one step of the grid, so the floor is found to about two of them.
    step = 1 / (2 * num_prices)
    assert told.max() == pytest.approx(high, abs=step)
    assert told.min() == pytest.approx(low, abs=3 * step)
    moves = np.diff(told)
    assert np.all((moves > 0.8 * (high - low)) | (np.abs(moves + step) < 1e-12))  # one step down, or all the way up


@pytest.mark.parametrize("capacity", [0.27, 0.33])
def test_small_capacities_clear_the_market_and_rest(capacity):
    told = answers(capacity, 400, 1000)
    assert np.ptp(told) == 0
    assert told[0] == pytest.approx(1 - 2 * capacity, abs=2 / 800)  # one step above it a tie is cut in two


@pytest.mark.parametrize("capacity", [0.4, 0.6, 0.9])
def test_against_the_mixture_every_price_in_its_range_earns_the_same(capacity):
    low, high = (1 - capacity) ** 2 / (4 * capacity), (1 - capacity) / 2
    edges = np.linspace(low, high, 4_001)
    mass = np.diff(np.asarray(games.edgeworth_mixture(jnp.asarray(edges), capacity)))
    assert mass.min() > 0
    assert mass.sum() == pytest.approx(1)
    middles = (edges[1:] + edges[:-1]) / 2
    for own in np.linspace(low + 1e-3, high - 1e-3, 5):
        profit = sum(m * earned(own, other, capacity) for m, other in zip(mass, middles, strict=True))
        # Within the cell of `own` nobody knows who is cheaper: its mass, times what a customer pays.
        assert profit == pytest.approx((1 - capacity) ** 2 / 4, abs=mass.max() * own)
    for own in (0.9 * low, 1.1 * high):
        assert sum(m * earned(own, other, capacity) for m, other in zip(mass, middles, strict=True)) < (
            (1 - capacity) ** 2 / 4
        )
