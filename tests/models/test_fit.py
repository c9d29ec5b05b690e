"""What holds of every model of the catalogue, and how they are trained."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gangame import models

KEY = jax.random.key(0)
SMALL = {
    "made": {"hidden": (6,)},
    "pixel_cnn": {"width": 2, "num_blocks": 1, "kernel_size": 3},
    "real_nvp": {"num_layers": 2, "hidden": (4,), "num_draws": 3},
    "vae": {"latent_dim": 2, "hidden": (4,), "num_draws": 3},
    "boltzmann": {"num_hidden": 3, "num_steps": 5},
    "gsn": {"hidden": (4,), "num_steps": 5},
}


@pytest.mark.parametrize("name", models.MODELS)
def test_a_model_draws_bits_and_has_a_loss_and_a_likelihood(name, drawn):
    model, points = models.MODELS[name](4, **SMALL[name]), jnp.zeros((5, 4))
    parameters = drawn(model.init)
    samples = np.asarray(jax.jit(model.sample, static_argnums=2)(parameters, KEY, 7))
    assert samples.shape == (7, 4)
    assert set(np.unique(samples)) <= {0.0, 1.0}
    assert jax.eval_shape(model.loss, parameters, points, KEY).shape == ()
    if model.log_likelihood:
        assert jax.eval_shape(model.log_likelihood, parameters, points, KEY).shape == (5,)


@pytest.mark.parametrize("promotion", ["standard"])  # for optax's Adam
@pytest.mark.parametrize("num_chains", [0, 50])
def test_a_machine_learns_two_points_and_the_best_look_is_kept(promotion, num_chains):
    """At the end the steps are so large that what was learned is lost, and an earlier look has to be kept."""
    model = models.boltzmann(4, num_hidden=2)
    points = jnp.asarray([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    optimizer = optax.adam(optax.piecewise_constant_schedule(0.05, {570: 1000}))

    @jax.jit
    def run(key):
        parameters, looks = models.fit(
            model, points, points, key, optimizer=optimizer, num_steps=600, num_looks=20, num_chains=num_chains
        )
        return jnp.mean(model.log_likelihood(parameters, points, key)), looks

    found, looks = run(KEY)
    assert found == pytest.approx(np.asarray(looks).max(), abs=1e-12)
    assert looks[-1] < found - 1
    assert looks[0] == pytest.approx(np.log(1 / 16), abs=0.5)  # 30 steps after coins, of which nothing is known
    assert np.log(0.5) - 0.3 < found < np.log(0.5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_steps": 15}, "num_steps is 15; it has to be a multiple of num_looks, 10"),
        ({"num_steps": 10, "num_chains": 5}, "num_chains is 5, and this model has no Markov chain"),
        ({"num_steps": 10, "batch_size": 0}, "batch_size is 0; it has to be 1 or more"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        models.fit(models.made(4), jnp.zeros((2, 4)), jnp.zeros((2, 4)), KEY, optimizer=optax.sgd(0.1), **settings)
