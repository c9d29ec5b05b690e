"""Short floats inside, long ones outside."""

import jax
import jax.numpy as jnp
import numpy as np

import gangame as gg
from gangame import nets, rules


def test_parameters_and_gradients_stay_long_and_a_rule_trains_them():
    """Least squares twice: a network in bfloat16 beside the same one in float32, each a player with its own loss."""
    made = {
        name: nets.mlp(2, (16,), 1, activation="tanh", norm="layer", dtype=name) for name in ("bfloat16", "float32")
    }
    points = jax.random.normal(jax.random.key(1), (32, 2), jnp.float32)
    targets = points[:, :1] * points[:, 1:]

    def init(key):
        return {name: jax.tree.map(lambda leaf: leaf.astype("float32"), own.init(key)) for name, own in made.items()}

    def losses(players, batch):
        del batch
        return {name: jnp.mean((own.apply(players[name], points) - targets) ** 2) for name, own in made.items()}

    game = gg.Game(init, lambda key: None, losses)

    @jax.jit
    def measured(key):
        players = game.init(key)
        outputs = {name: own.apply(players[name], points) for name, own in made.items()}
        gradients = jax.grad(lambda own: losses({**players, "bfloat16": own}, None)["bfloat16"])(players["bfloat16"])
        run = gg.play(game, rules.simultaneous(0.2), key, 60)
        return outputs, gradients, losses(players, None), losses(run.players, None), run.players

    outputs, gradients, before, after, players = measured(jax.random.key(0))
    for leaf in jax.tree.leaves((outputs, gradients, players)):
        assert leaf.dtype == jnp.float32
    # bfloat16 has 8 bits, a relative error of 2^-8 for each of a handful of roundings; and it is not float32.
    size = np.max(np.abs(outputs["float32"]))
    np.testing.assert_allclose(outputs["bfloat16"], outputs["float32"], atol=8 * 2**-8 * size)
    assert np.any(outputs["bfloat16"] != outputs["float32"])
    for name in made:
        assert after[name] < before[name] / 3


def test_each_net_takes_the_type_by_one_argument():
    whole = {"dtype": "bfloat16"}
    image, latents = jnp.zeros((2, 16, 16, 1), jnp.float32), jnp.zeros((2, 3), jnp.float32)
    cases = [
        (nets.dcgan_generator(16, 1, 3, width=2, **whole), latents),
        (nets.dcgan_discriminator(16, 1, width=2, **whole), image),
        (nets.resnet_generator(16, 1, 3, width=2, **whole), latents),
        (nets.resnet_discriminator(16, 1, width=2, **whole), image),
        (nets.unet(16, 1, 1, width=2, **whole), image),
        (nets.patch_discriminator(16, 1, width=2, num_layers=1, **whole), image),
    ]
    for network, inputs in cases:
        parameters = jax.eval_shape(network.init, jax.random.key(0))
        short = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, "float32"), parameters)
        program = str(jax.make_jaxpr(network.apply)(short, inputs))
        assert jax.eval_shape(network.apply, short, inputs).dtype == jnp.float32
        convolutions = [line for line in program.splitlines() if "conv_general_dilated" in line]
        assert convolutions
        assert all(":bf16[" in line for line in convolutions)
