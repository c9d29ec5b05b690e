import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import analysis, calculus, games

TIMES = jnp.linspace(0.0, 4 * jnp.pi, 41)


def test_on_xy_the_flow_is_a_circle():
    start = {"x": jnp.array(1.0), "y": jnp.array(0.0)}
    circle = jax.jit(lambda: analysis.flow(games.bilinear(), start, TIMES))()
    np.testing.assert_allclose(circle["x"], np.cos(TIMES), atol=1e-8)
    np.testing.assert_allclose(circle["y"], np.sin(TIMES), atol=1e-8)


def test_a_linear_game_flows_by_the_matrix_exponential_and_vmap_is_separate_runs():
    game = games.quadratic("random", players=3, size=2, seed=4)
    starts = jax.vmap(game.init)(jax.random.split(jax.random.key(1), 3))
    times = jnp.array([0.5, 1.0, 2.5])  # the clock of an autonomous game may start anywhere
    ends = jax.jit(jax.vmap(lambda start: analysis.flow(game, start, times)))(starts)
    A = np.asarray(analysis.jacobian(game, game.init(jax.random.key(0)), None))
    values, vectors = np.linalg.eig(A)
    for seed in range(3):
        w = np.concatenate([starts[name][seed] for name in ("p1", "p2", "p3")])
        for i, time in enumerate(np.asarray(times - times[0])):
            exact = (vectors @ (np.exp(-values * time) * np.linalg.solve(vectors, w))).real
            found = np.concatenate([ends[name][seed, i] for name in ("p1", "p2", "p3")])
            np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-9)


def test_a_hamiltonian_game_conserves_its_energy():
    game = games.quadratic("rotational", players=3, size=2, seed=1)
    start = game.init(jax.random.key(2))
    points = jax.jit(lambda: analysis.flow(game, start, TIMES))()
    v = jax.vmap(lambda w: calculus.field(game)(w, None))(points)
    energy = sum(jnp.sum(each**2, axis=-1) for each in v.values())
    np.testing.assert_allclose(energy, energy[0], rtol=1e-9)


def test_the_dirac_gan_conserves_its_energy_in_continuous_time():
    game = games.dirac(start=(1.0, 1.0))
    flow = jax.jit(lambda: analysis.flow(game, game.init(None), jnp.linspace(0.0, 20.0, 11)))()
    energy = flow["generator"] ** 2 + flow["discriminator"] ** 2
    np.testing.assert_allclose(energy, 2.0, rtol=1e-9)


def test_a_game_with_randomness_flows_on_one_sample():
    def value(players, batch):
        return players["x"] * players["y"] + batch * players["x"]

    game = gg.zero_sum(value, sample=jax.random.normal)
    start, times = {"x": 1.0, "y": 0.5}, jnp.array([0.0, 1.0])
    by_key = analysis.flow(game, start, times, key=jax.random.key(5))
    by_batch = analysis.flow(game, start, times, batch=game.sample(jax.random.key(5)))
    other = analysis.flow(game, start, times)
    for name in "xy":
        np.testing.assert_array_equal(by_key[name], by_batch[name])
    assert abs(float(by_key["x"][-1] - other["x"][-1])) > 1e-3


def test_an_escape_is_a_result_and_single_precision_stays_single():
    steep = gg.zero_sum(lambda w, batch: -(w["x"] ** 4) / 4 - w["y"] ** 2 / 2)
    start = jax.tree.map(jnp.float32, {"x": 1.0, "y": 0.0})
    points = analysis.flow(steep, start, jnp.array([0.0, 0.1, 2.0]), max_steps=500)  # infinite at the time ½
    assert points["x"].dtype == jnp.float32
    assert float(points["x"][1]) == pytest.approx(1 / np.sqrt(1 - 0.2), rel=1e-5)
    assert not np.isfinite(points["x"][2])


@pytest.mark.parametrize(
    "times", [jnp.array([0.0, -1.0]), jnp.array([0.0, 1.0, 1.0]), jnp.array([1.0]), jnp.array(1.0)]
)
def test_times_go_forward(times):
    with pytest.raises(ValueError, match="strictly increasing"):
        analysis.flow(games.bilinear(), {"x": 1.0, "y": 0.0}, times)


def test_numbers_out_of_range():
    for wrong in ({"tolerance": 0.0}, {"max_steps": 0}):
        with pytest.raises(ValueError, match="they have to be positive, and 1 or more"):
            analysis.flow(games.bilinear(), {"x": 1.0, "y": 0.0}, TIMES, **wrong)
