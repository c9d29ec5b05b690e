"""The Boltzmann machine: everything about a tiny one by brute force, in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import models

KEY = jax.random.key(0)
PIXELS, HIDDEN = 4, 3
NUM = 20_000


@pytest.fixture(scope="module")
def machine(everything, drawn):
    """A machine, its probabilities of all `[x, h]`, and log Z."""
    model = models.boltzmann(PIXELS, num_hidden=HIDDEN)
    parameters = drawn(model.init)
    weights, visible, hidden = (np.asarray(parameters[name]) for name in ("weights", "visible", "hidden"))
    x, h = everything(PIXELS), everything(HIDDEN)
    energy = -(x @ visible)[:, None] - h @ hidden - x @ weights @ h.T
    log_z = np.log(np.exp(-energy).sum())
    return model, parameters, np.exp(-energy - log_z), energy, log_z


def test_free_energy_and_partition_function_are_sums_over_all_states(machine, everything):
    model, parameters, joint, energy, log_z = machine
    x = everything(PIXELS)
    np.testing.assert_allclose(models.free_energy(parameters, x), -np.log(np.exp(-energy).sum(axis=1)), atol=1e-12)
    found = jax.jit(lambda: (models.log_partition(parameters), model.log_likelihood(parameters, x, KEY)))()
    assert found[0] == pytest.approx(log_z, abs=1e-12)
    np.testing.assert_allclose(np.exp(found[1]), joint.sum(axis=1), atol=1e-12)


def test_the_chain_leaves_the_distribution_and_finds_it(machine, draws_as_often):
    model, parameters, joint, _, _ = machine

    @jax.jit
    def run():
        exact = models.exact_samples(parameters, KEY, NUM)
        return exact, models.gibbs(parameters, exact, jax.random.key(1)), model.sample(parameters, KEY, 2000)

    for samples in run():
        draws_as_often(samples, joint.sum(axis=1))


def test_samples_of_the_largest_machine_fit_into_memory():
    """Noise for each of 1,000 samples and 2^20 states would be 8 GB; a table of the states is 8 MB."""
    parameters = jax.eval_shape(models.boltzmann(2, num_hidden=20).init, KEY)
    program = jax.jit(lambda own: models.exact_samples(own, KEY, 1000)).lower(parameters).compile()
    assert program.memory_analysis().temp_size_in_bytes < 2**26


def test_the_gradient_is_exact_with_samples_and_persistent_chains_and_from_data_that_of_one_step(machine, everything):
    """References: E ∇F over data minus E ∇F over p, or over where one enumerated step leads from the data."""
    _, parameters, joint, _, _ = machine
    weights, hidden = np.asarray(parameters["weights"]), np.asarray(parameters["hidden"])
    x, rows = everything(PIXELS), [1, 2, 7, 7]
    shares = np.bincount(rows, minlength=len(x)) / len(rows)
    step = (joint / joint.sum(axis=1, keepdims=True)) @ (joint / joint.sum(axis=0)).T
    active = 1 / (1 + np.exp(-hidden - x @ weights))

    def slopes(model):
        gap = model - shares
        return {"weights": x.T @ (gap[:, None] * active), "visible": gap @ x, "hidden": gap @ active}

    exact, of_one_step = slopes(joint.sum(axis=1)), slopes(shares @ step)
    one, far = (models.boltzmann(PIXELS, num_hidden=HIDDEN, num_gibbs=steps) for steps in (1, 50))
    data = jnp.asarray(x[rows])
    copies = jnp.tile(data, (NUM // len(data), 1))

    @jax.jit
    def gradients():
        def persistent(chains, key):
            chains = one.negatives(parameters, chains, key)
            return chains, jax.grad(one.loss)(parameters, data, KEY, chains)

        _, along = jax.lax.scan(persistent, jnp.zeros((NUM // 20, PIXELS)), jax.random.split(KEY, 120))
        return {
            "likelihood": jax.grad(lambda own: -jnp.mean(one.log_likelihood(own, data, KEY)))(parameters),
            "samples": jax.grad(one.loss)(parameters, data, KEY, models.exact_samples(parameters, KEY, NUM)),
            "persistent": jax.tree.map(lambda each: each[20:].mean(axis=0), along),
            "from data": jax.grad(one.loss)(parameters, copies, KEY),
            "from data, far": jax.grad(far.loss)(parameters, copies, KEY),
        }

    found = gradients()

    def gap(one, other):
        return max(np.abs(np.asarray(one[name]) - other[name]).max() for name in other)

    error = 0.5 / np.sqrt(NUM)  # of a mean of bits, at most
    assert gap(found["likelihood"], exact) < 1e-12
    assert gap(found["samples"], exact) < 5 * error
    assert gap(found["persistent"], exact) < 10 * error  # a step is like the one before: some samples count twice
    assert gap(found["from data, far"], exact) < 5 * error
    assert gap(found["from data"], of_one_step) < 5 * error
    assert gap(of_one_step, exact) > 5 * error


def test_annealing_finds_the_partition_function_by_weights_that_are_right_on_average(drawn):
    parameters = drawn(models.boltzmann(20, num_hidden=8).init, 0.7)
    base = jnp.linspace(-1, 1, 20)

    @jax.jit
    def run():
        def annealed(steps, chains, key):
            return models.annealed_log_partition(parameters, base, key, num_steps=steps, num_chains=chains)

        short = jax.vmap(lambda key: annealed(10, 1, key))(jax.random.split(KEY, NUM))
        return models.log_partition(parameters), annealed(500, 100, KEY), short

    exact, long, short = map(np.asarray, run())
    assert long == pytest.approx(exact, abs=0.1)
    weights = np.exp(short - exact)
    assert weights.mean() == pytest.approx(1, abs=4 * weights.std() / np.sqrt(NUM))
    assert short.mean() < exact - 0.5  # their logarithm is too small


def test_a_machine_of_many_hidden_units_has_no_exact_likelihood():
    model = models.boltzmann(2, num_hidden=21)
    assert model.log_likelihood is None
    with pytest.raises(ValueError, match="at most 20: use annealed_log_partition"):
        models.log_partition(model.init(KEY))
