import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, games, nets

KEY = jax.random.key(0)
SMALL = {"width": 2, "kernel_size": 3, "latent_dim": 3, "batch_size": 4}


def test_it_is_the_gan_of_both_networks_on_the_images():
    game = games.dcgan(norm="none", discriminator_norm="layer", **SMALL)
    same = {"width": 2, "kernel_size": 3}
    networks = nets.dcgan_generator(8, 1, 3, norm="none", **same), nets.dcgan_discriminator(8, 1, norm="layer", **same)
    other = games.gan(*networks, data.images("digits").train, latent_dim=3, batch_size=4, cost="non_saturating")

    @jax.jit
    def losses(key):
        players, batch = game.init(key), game.sample(key)
        return game.losses(players, batch), other.losses(other.init(key), other.sample(key)), batch["real"]

    one, two, real = losses(KEY)
    assert one == two
    assert real.shape == (4, 8, 8, 1)
    assert [leaf.shape for leaf in jax.tree.leaves(game) if leaf.dtype == np.uint8] == [(1442, 8, 8, 1)]


def test_it_takes_any_images_and_packs_of_them_and_computes_in_what_it_is_told():
    found = data.images("photos", size=16)
    with jax.enable_x64(False):
        game = games.dcgan(found, packing=2, dtype="bfloat16", upsampling="resize", **SMALL)
        players, batch = jax.eval_shape(game.init, KEY), jax.eval_shape(game.sample, KEY)
        program = jax.make_jaxpr(jax.grad(lambda *at: game.losses(*at)["generator"]))(players, batch)
        assert {each.dtype for each in program.out_avals} == {jnp.dtype("float32")}
        assert {leaf.dtype for leaf in jax.tree.leaves(players)} == {jnp.dtype("float32")}
    convolutions = [line for line in str(program).splitlines() if "= conv_general_dilated" in line]
    assert convolutions
    assert all(":bf16[" in line for line in convolutions)
    kernel = players["discriminator"]["Conv_0"]["kernel"]
    assert (batch["real"].shape, kernel.shape) == ((4, 16, 16, 3), (3, 3, 6, 2))


def test_its_images_may_come_in_buffers():
    images = games.dcgan(buffer=256, passes=2, **SMALL).sample.data
    assert (images.stream.buffer_size, images.num_steps(batch_size=4)) == (256, 128)
    assert images.filled(images.stream.buffer(1)).pixels.shape == (256, 8, 8, 1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"source": "digitz"}, "name is 'digitz'; it has to be one of digits, .* Did you mean 'digits'"),
        ({"source": "faces"}, "size is 25; it has to be 4 or 7 times 2, 4, 8"),
        ({"size": 20}, "size is 20; it has to be 4 or 7 times 2, 4, 8"),
        ({"norm": "virtual"}, "norm is 'virtual'; it has to be one of none, batch, layer"),
        ({"discriminator_norm": "bach"}, "norm is 'bach'"),
        ({"penalty": "r1"}, "penalty is 'r1' and the discriminator has the norm 'batch'"),
        ({"data_dir": "there"}, "data_dir is for sets of tensorflow-datasets"),
        ({"dtype": "int8"}, "dtype is 'int8'"),
        ({"buffer": 2000}, "buffer_size is 2000; it has to be from 1 to 1,442"),
        ({"passes": 0}, "passes is 0"),
        ({"packing": 3}, "packing is 3; it has to be 1 or more and to divide batch_size, 64"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.dcgan(**arguments)


def test_images_have_to_be_squares_and_a_set_has_its_size(few_images):
    with pytest.raises(ValueError, match="of 1×2 pixels, and have to be squares; give a size"):
        games.dcgan(few_images)
    with pytest.raises(ValueError, match="leave size, data_dir and buffer out"):
        games.dcgan(few_images, size=8)
    with pytest.raises(ValueError, match="passes is 2 and buffer is None"):
        games.dcgan("digits", passes=2)
