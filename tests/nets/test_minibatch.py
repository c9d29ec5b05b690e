"""What a discriminator sees of a whole minibatch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games, nets

RNG = np.random.default_rng(0)


def test_minibatch_features_are_those_of_a_loop_over_pairs():
    discrimination, deviation = nets.MinibatchDiscrimination(num_kernels=3, kernel_dim=2), nets.MinibatchDeviation()
    x, maps = RNG.standard_normal((5, 4)), RNG.standard_normal((8, 2, 3, 4))

    @jax.jit
    def seen(key, x, maps):
        close, variables = discrimination.init_with_output(key, x)
        slopes = jax.grad(lambda x: jnp.sum(discrimination.apply(variables, x)) + jnp.sum(deviation.apply({}, x)))(
            jnp.zeros((4, 4))  # all alike
        )
        return close, variables["params"], deviation.apply({}, maps), slopes

    close, parameters, deviated, slopes = seen(jax.random.key(0), x, maps)
    columns = parameters["directions"] / np.linalg.norm(parameters["directions"], axis=0)
    M = (x @ columns).reshape(5, 3, 2)
    for i in range(5):
        for b in range(3):
            expected = sum(np.exp(-np.abs(M[i, b] - M[j, b]).sum()) for j in range(5) if j != i) - 1
            assert close[i, 4 + b] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_array_equal(close[:, :4], x)
    np.testing.assert_array_equal(deviated[..., :4], maps)
    for group in ([0, 2, 4, 6], [1, 3, 5, 7]):
        np.testing.assert_allclose(deviated[group, ..., 4], np.mean(np.std(maps[group], axis=0)), atol=1e-7)
    assert np.all(np.isfinite(slopes))


def test_a_discriminator_sees_that_samples_are_all_alike_with_them_only():
    """A collapsed batch of the right density is told from data by how close its points are, and by nothing else."""
    x = jnp.asarray(RNG.standard_normal((8, 2)))
    collapsed = jnp.broadcast_to(x[:1], x.shape)

    @jax.jit
    def first_logits(key):
        def both(network):
            parameters = network.init(key)
            return jnp.stack([network.apply(parameters, batch)[0, 0] for batch in (x, collapsed)])

        return {name: both(nets.mlp(2, (4,), 1, minibatch=name)) for name in nets.MINIBATCH}

    logits = first_logits(jax.random.key(0))
    assert logits["none"][0] == logits["none"][1]
    for name in ("discrimination", "deviation"):
        assert abs(logits[name][0] - logits[name][1]) > 1e-2


def test_data_and_samples_are_in_batches_of_their_own():
    data = jax.tree_util.Partial(lambda key, n: jax.random.normal(key, (n, 2)))
    generator, discriminator = nets.mlp(2, (), 2), nets.mlp(2, (), 1, minibatch="discrimination")
    game = games.gan(generator, discriminator, data, latent_dim=2, batch_size=4)

    @jax.jit
    def measured(key):
        players, batch = game.init(key), game.sample(key)
        fake = generator.apply(players["generator"], batch["latents"])
        apart = [discriminator.apply(players["discriminator"], x)[:, 0] for x in (batch["real"], fake)]
        together = discriminator.apply(players["discriminator"], jnp.concatenate([batch["real"], fake]))[:, 0]
        return game.losses(players, batch), games.COSTS["minimax"](*apart), jnp.concatenate(apart) - together

    losses, apart, moved = measured(jax.random.key(0))
    for name, loss in losses.items():
        assert loss == pytest.approx(float(apart[name]), rel=1e-12)
    assert jnp.min(jnp.abs(moved)) > 1e-3


def test_a_discriminator_of_images_has_as_many_kernels_as_it_is_told():
    for minibatch, added in (("discrimination", 3), ("deviation", 1)):
        network = nets.dcgan_discriminator(8, 1, width=2, minibatch=minibatch, num_kernels=3)
        parameters = jax.eval_shape(network.init, jax.random.key(0))
        assert parameters["Dense_0"]["kernel"].shape == (4 * 4 * 2 + added, 1)
    with pytest.raises(ValueError, match="num_kernels is 0; it has to be 1 or more"):
        nets.dcgan_discriminator(8, 1, num_kernels=0)


def test_a_batch_that_does_not_divide_is_told():
    with pytest.raises(ValueError, match="A batch of 6 does not divide into groups of 4"):
        nets.MinibatchDeviation().apply({}, jnp.zeros((6, 2)))
