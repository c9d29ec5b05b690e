"""The games of two scalars that are given by formulas: tandem, market, the functions of follow-the-ridge."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import fsolve

from gangame import analysis, games

ZERO = {"x": jnp.zeros(()), "y": jnp.zeros(())}


def central(loss, x, y, h=1e-4):
    """Own derivatives (∂x, ∂y) by central differences, off by h²/6 of the third derivative and eps/h."""
    return (loss(x + h, y) - loss(x - h, y)) / (2 * h), (loss(x, y + h) - loss(x, y - h)) / (2 * h)


def g(x, y):
    return y**4 / (1 + x**2) - x**4 / (1 + y**2)


def f3(x, y):
    return (0.4 * x**2 - 0.1 * (y - 3 * x + 0.05 * x**3) ** 2 - 0.01 * y**4) * np.exp(-0.01 * (x**2 + y**2))


def saddle(value):
    return value, lambda x, y: -value(x, y)


LOSSES = {
    "tandem": (games.tandem, (lambda x, y: (x + y) ** 2 - 2 * x, lambda x, y: (x + y) ** 2 - 2 * y)),
    "market": (
        games.market,
        (
            lambda x, y: x**6 / 6 - x**2 / 2 + x * y + g(x, y) / 4,
            lambda x, y: y**6 / 6 - y**2 / 2 - x * y - g(x, y) / 4,
        ),
    ),
    "zero_sum": (
        lambda: games.market("zero_sum"),
        saddle(lambda x, y: x * y - x**2 / 2 + y**2 / 2 + x**4 / 4 - y**4 / 4),
    ),
    "f1": (games.ridge, saddle(lambda x, y: -3 * x**2 - y**2 + 4 * x * y)),
    "f2": (lambda: games.ridge("f2"), saddle(lambda x, y: 3 * x**2 + y**2 + 4 * x * y)),
    "f3": (lambda: games.ridge("f3"), saddle(f3)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_the_formulas_and_the_field_their_derivatives(name):
    factory, (of_x, of_y) = LOSSES[name]
    game = factory()
    evaluate = jax.jit(lambda players: (game.losses(players, None), analysis.field(game)(players, None)))
    for x, y in np.random.default_rng(0).standard_normal((3, 2)):
        losses, v = evaluate({"x": jnp.asarray(x), "y": jnp.asarray(y)})
        np.testing.assert_allclose([losses["x"], losses["y"]], [of_x(x, y), of_y(x, y)], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose([v["x"], v["y"]], [central(of_x, x, y)[0], central(of_y, x, y)[1]], atol=2e-6)


def test_tandem_rests_on_a_line_on_which_losses_sum_to_zero():
    game = games.tandem()
    for x in (-3.0, 0.5, 2.0):
        on_line = {"x": jnp.asarray(x), "y": jnp.asarray(1 - x)}
        assert [float(leaf) for leaf in analysis.field(game)(on_line, None).values()] == [0, 0]
        assert sum(game.losses(on_line, None).values()) == pytest.approx(0, abs=1e-14)
    np.testing.assert_array_equal(analysis.jacobian(game, game.equilibrium, None), [[2, 2], [2, 2]])


@pytest.mark.parametrize("kind", ["market", "zero_sum"])
def test_the_market_has_no_fixed_point_but_a_strict_maximum(kind):
    game = games.market(kind)
    assert game.equilibrium is None
    J = np.asarray(analysis.jacobian(game, ZERO, None))
    np.testing.assert_array_equal(J, [[-1, 1], [-1, -1]])
    evaluate = jax.jit(lambda w: jnp.stack(list(analysis.field(game)({"x": w[0], "y": w[1]}, None).values())))
    slope = jax.jit(jax.jacfwd(evaluate))
    # Wherever a root finder that starts on a grid converges, it is at zero.
    roots = []
    for start in np.stack(np.meshgrid(*[np.linspace(-3, 3, 13)] * 2), axis=-1).reshape(-1, 2):
        root, _, status, _ = fsolve(evaluate, start, fprime=slope, full_output=True, xtol=1e-12)
        if status == 1 and np.abs(evaluate(root)).max() < 1e-9:
            roots.append(root)
    assert len(roots) > 10
    np.testing.assert_allclose(roots, 0, atol=1e-8)


def test_the_market_turns_in_a_bounded_cycle_under_simultaneous_steps():
    game = games.market("zero_sum")

    def step(w, _):
        v = analysis.field(game)({"x": w[0], "y": w[1]}, None)
        w = w - 0.02 * jnp.stack([v["x"], v["y"]])
        return w, jnp.linalg.norm(w)

    norms = jax.jit(lambda w: jax.lax.scan(step, w, length=3000)[1])(jnp.array([0.1, 0.0]))
    assert 0.5 < norms[1000:].min() <= norms.max() < 2.0


@pytest.mark.parametrize(("function", "minimax"), [("f1", True), ("f2", False), ("f3", True)])
def test_zero_is_a_local_minimax_of_f1_and_f3_and_a_nash_equilibrium_of_none(function, minimax):
    game = games.ridge(function)
    v = analysis.field(game)(ZERO, None)
    assert (v["x"], v["y"]) == (0, 0)
    J = np.asarray(analysis.jacobian(game, ZERO, None))
    xx, xy, yy = J[0, 0], J[0, 1], -J[1, 1]
    # A strict local minimax: the follower is at a maximum, and the leader at a minimum of what the answers leave.
    assert (yy < 0 and xx - xy**2 / yy > 0) == minimax
    assert not (xx >= 0 and yy <= 0)
    assert (game.equilibrium is not None) == minimax


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: games.market("bazaar"), "kind is 'bazaar'; it has to be one of market, zero_sum"),
        (lambda: games.ridge("f4"), "function is 'f4'; it has to be one of f1, f2, f3"),
    ],
)
def test_unknown_names_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
