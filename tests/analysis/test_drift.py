import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import gangame as gg
from gangame import analysis, games, rules
from gangame.core import Game

KEY = jax.random.key(0)
HORIZON = 1.0
NUM_STEPS = np.array([16, 32, 64, 128])


def losses(players, batch):
    """Three players without structure, and not quadratic."""
    a, b, c = players["a"], players["b"], players["c"]
    return {
        "a": jnp.sin(a * b) + a**2 / 2 + a * c,
        "b": jnp.cos(b) * c + b**2 * a / 2 + b**2,
        "c": c**2 / 2 - jnp.sin(a * c) + b * c,
    }


GAME = Game(lambda key: None, lambda key: None, losses)
START = {"a": jnp.array(0.8), "b": jnp.array(-0.5), "c": jnp.array(1.1)}
SCALES = {"a": 1.0, "b": 0.6, "c": 1.5}
CASES = {
    "simultaneous": (rules.simultaneous, {}),
    "alternating": (rules.alternating, {"alternating": True}),
    "alternating, another order": (
        lambda rate: rules.alternating(rate, order=["c", "a", "b"]),
        {"alternating": True, "order": ["c", "a", "b"]},
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("uneven", [False, True])
def test_steps_stray_from_the_plain_flow_by_h_and_from_the_modified_flow_by_h_squared(name, uneven):
    make, drift = CASES[name]

    def rates(h):
        return {player: scale * h for player, scale in SCALES.items()} if uneven else h

    @jax.jit
    def end_of_flows(h):
        times = jnp.stack([jnp.zeros(()), HORIZON / h])
        directions = (analysis.step_field(rates(h)), analysis.modified_field(rates(h), **drift))
        ends = [analysis.flow(GAME, START, times, direction=direction, tolerance=1e-11) for direction in directions]
        return [ravel_pytree(jax.tree.map(lambda leaf: leaf[-1], end))[0] for end in ends]

    @jax.jit
    def end_of_steps(h, count):
        state = (START, make(rates(h)).init(START))

        def step(_, carry):
            return make(rates(h)).update(GAME, *carry, KEY)

        return ravel_pytree(jax.lax.fori_loop(0, count, step, state)[0])[0]

    errors = []
    for count in NUM_STEPS:
        h = jnp.asarray(HORIZON / count)
        errors.append([float(jnp.linalg.norm(end_of_steps(h, count) - flow)) for flow in end_of_flows(h)])
    orders = np.polyfit(np.log(HORIZON / NUM_STEPS), np.log(errors), 1)[0]
    # The next term of each error has one more power of h ≤ 1/16: it bends the slopes by less than 0.15.
    np.testing.assert_allclose(orders, [1.0, 2.0], atol=0.15)


def test_on_xy_simultaneous_steps_drift_outward_and_alternating_ones_do_not():
    h, start = 0.1, {"x": jnp.array(1.0), "y": jnp.array(0.0)}
    times = jnp.array([0.0, 100.0])
    outward, level = (
        analysis.flow(games.bilinear(), start, times, direction=analysis.modified_field(h, alternating=alternating))
        for alternating in (False, True)
    )
    radius = float(jnp.hypot(outward["x"], outward["y"])[-1])
    assert radius == pytest.approx(np.exp(100 * h**2 / 2), rel=1e-9)
    # The true invariant x² + y² − hxy of the steps is that of the modified flow: its eigenvalues are imaginary.
    x, y = level["x"][-1], level["y"][-1]
    assert float(x**2 + y**2 - h * x * y) == pytest.approx(1.0, rel=1e-9)


def test_a_direction_for_rules_as_well():
    h = 0.1
    run = gg.play(
        games.bilinear(), rules.simultaneous(1.0, direction=analysis.modified_field(h)), KEY, 1,
        players={"x": jnp.array(1.0), "y": jnp.array(0.0)},
    )  # fmt: skip
    # w − h v − (h²/2) J v = (1 − h²·(−1)/2 ·…): J v = J² w = −w.
    np.testing.assert_allclose([run.players["x"], run.players["y"]], [1 + h**2 / 2, h], rtol=1e-12)


def test_wrong_arguments_are_told_in_sentences():
    with pytest.raises(ValueError, match="simultaneous players have none"):
        analysis.modified_field(0.1, order=["x", "y"])
    with pytest.raises(ValueError, match="each player moves once"):
        analysis.modified_field(0.1, alternating=True, order=["x", "y", "x"])
    with pytest.raises(ValueError, match="finite and 0 or more"):
        analysis.modified_field(-0.1)
    with pytest.raises(ValueError, match="names the players"):
        analysis.step_field({"a": 0.1})(games.bilinear())({"x": 1.0, "y": 1.0}, None)
