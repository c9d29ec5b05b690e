import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import games, rules

RATES = [0.01, 0.1, 0.5, 1.0, 1.9]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("order", "sign"), [(("x", "y"), -1), (("y", "x"), 1)])
def test_on_xy_an_ellipse_is_invariant(rate, order, sign, trajectory):
    points = trajectory(games.bilinear(start=(1.0, 0.5)), rules.alternating(rate, order=order), 50)
    x, y = points.T
    np.testing.assert_allclose(x**2 + y**2 + sign * rate * x * y, 1.25 + sign * rate / 2, rtol=1e-12)


@pytest.mark.parametrize("rate", RATES)
def test_the_one_step_matrices_on_xy(rate, one_step_matrix):
    M = one_step_matrix(games.bilinear(), rules.alternating(rate))
    np.testing.assert_allclose(M, [[1, -rate], [rate, 1 - rate**2]], rtol=1e-15)
    assert np.linalg.det(M) == pytest.approx(1, rel=1e-14)
    # Rotation by 2 asin(η/2) per step.
    np.testing.assert_allclose(np.sort(np.angle(np.linalg.eigvals(M))), 2 * np.arcsin(rate / 2) * np.array([-1, 1]))
    M = one_step_matrix(games.bilinear(), rules.alternating(rate, order=("y", "x")))
    np.testing.assert_allclose(M, [[1 - rate**2, -rate], [rate, 1]], rtol=1e-15)


def test_on_xy_it_is_unbounded_from_a_product_of_four_on(one_step_matrix):
    radii = [
        np.abs(np.linalg.eigvals(one_step_matrix(games.bilinear(), rules.alternating({"x": 8.0, "y": y})))).max()
        for y in (0.49, 0.51)
    ]
    assert radii[0] == pytest.approx(1, rel=1e-12)
    assert radii[1] > 1.1


@pytest.mark.parametrize(
    ("players", "size", "order", "steps"),
    [
        (2, 1, None, 1),
        (2, 3, ("p2", "p1"), {"p2": 3}),
        (3, 2, ("p3", "p1", "p2"), {"p1": 2}),
        (3, 1, ("p1", "p2", "p3", "p2"), 2),
    ],
)
def test_a_trajectory_is_that_of_the_equations(players, size, order, steps, random_matrix, trajectory):
    A = random_matrix(10 + players, players, size)
    b = np.linspace(-1, 1, len(A))
    names = [f"p{i + 1}" for i in range(players)]
    rate = {name: 0.02 * (i + 1) for i, name in enumerate(names)}
    game = games.quadratic(A, offset=b, players=players, size=size)
    start = np.linspace(0.5, 2, len(A))
    rule = rules.alternating(rate, order=order, steps=steps)
    points = trajectory(game, rule, 50, dict(zip(names, start.reshape(players, size), strict=True)))
    w = start.copy()
    for point in points:
        for name in order or names:
            own = slice(names.index(name) * size, (names.index(name) + 1) * size)
            for _ in range(steps if isinstance(steps, int) else steps.get(name, 1)):
                w[own] = w[own] - rate[name] * (A[own] @ w + b[own])
        np.testing.assert_allclose(point, w, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("order", "steps", "num_samples"),
    [
        (("a", "b"), 1, {"a": 1, "b": 1}),
        (("a", "b", "a"), 1, {"a": 2, "b": 1}),
        (("b", "a"), {"a": 3}, {"a": 3, "b": 1}),
        (("a", "b"), 3, {"a": 3, "b": 3}),
    ],
)
def test_each_sub_step_has_a_sample_of_its_own(order, steps, num_samples):
    game = gg.Game(
        init=lambda key: {"a": jnp.zeros(()), "b": jnp.zeros(())},
        sample=jax.random.normal,
        losses=lambda players, batch: {"a": batch * players["a"], "b": batch * players["b"]},
    )
    # The gradient is the sample, and this optimiser remembers its last three gradients.
    recorder = optax.GradientTransformation(
        lambda own: jnp.zeros(3),
        lambda gradient, state, own=None: (-gradient, jnp.append(state[1:], gradient)),
    )
    run = gg.play(game, rules.alternating(recorder, order=order, steps=steps), jax.random.key(0), 1)
    samples = [sample for name in run.state for sample in run.state[name].tolist() if sample != 0]
    assert {name: int(jnp.sum(run.state[name] != 0)) for name in run.state} == num_samples
    assert len(set(samples)) == len(samples)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"steps": 0}, "steps for each player is 0; it has to be a whole number, 1 or more"),
        ({"steps": True}, "steps for each player is True"),
        ({"steps": {"x": 1.5}}, "steps for x is 1.5"),
    ],
)
def test_the_factory_refuses_bad_numbers_of_steps(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.alternating(0.1, **arguments)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"order": ("x", "z")}, "'z' is no player of this game; its players are x, y"),
        ({"order": ("x",)}, "order leaves out y; name each player at least once"),
        ({"steps": {"z": 2}}, "'z' is no player of this game"),
    ],
)
def test_what_does_not_fit_the_game_is_refused_when_they_meet(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        gg.start(games.bilinear(), rules.alternating(0.1, **arguments), jax.random.key(0))
