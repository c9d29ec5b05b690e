"""Networks for images: the published architectures, by their shapes; and how they start."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import nets

KEY = jax.random.key(0)
SIZES = (8, 16, 28, 32, 64)


def shapes(network, inputs, key=None):
    """Parameters, outputs, and features, without computing anything."""
    parameters = jax.eval_shape(network.init, KEY)
    apply = network.with_key(key).apply
    features = network.features and jax.eval_shape(network.features, parameters, inputs).shape
    return parameters, jax.eval_shape(apply, parameters, inputs).shape, features


def array(*shape):
    return jax.ShapeDtypeStruct(shape, jnp.float64)


def kernels(parameters):
    return [leaf.shape for leaf in jax.tree.leaves(parameters) if len(leaf.shape) == 4]


@pytest.mark.parametrize("size", SIZES)
def test_images_have_the_size_that_was_asked_for(size):
    labels = jax.ShapeDtypeStruct((2,), jnp.int64)
    smallest = 7 if size == 28 else 4
    for upsampling in ("transposed", "resize"):
        generator = nets.dcgan_generator(size, 3, 5, width=2, upsampling=upsampling)
        assert shapes(generator, array(2, 5))[1:] == ((2, size, size, 3), None)
    width = 2 * size // smallest // 2
    discriminator = nets.dcgan_discriminator(size, 3, width=2, num_outputs=4, num_classes=6)
    assert shapes(discriminator, (array(2, size, size, 3), labels))[1:] == ((2, 4), (2, smallest**2 * width))
    generator = nets.resnet_generator(size, 1, 5, width=2, num_classes=6, norm="conditional")
    assert shapes(generator, (array(2, 5), labels))[1:] == ((2, size, size, 1), None)
    discriminator = nets.resnet_discriminator(size, 1, width=2, num_classes=6, norm="none")
    assert shapes(discriminator, (array(2, size, size, 1), labels))[1:] == ((2, 1), (2, 2))
    assert shapes(nets.unet(size, 1, 3, width=2), array(2, size, size, 1))[1:] == ((2, size, size, 3), None)


@pytest.mark.parametrize("size", SIZES)
def test_a_classifier_halves_images_and_shows_its_last_hidden_layer(size):
    network = nets.image_classifier(size, 3, 6, width=2, num_features=5)
    parameters, logits, features = shapes(network, array(2, size, size, 3))
    assert (logits, features) == ((2, 6), (2, 5))
    smallest = 7 if size == 28 else 4
    widths = [2 * 2**layer for layer in range((size // smallest).bit_length() - 1)]
    assert [shape[-1] for shape in kernels(parameters)] == widths
    assert parameters["Dense_0"]["kernel"].shape == (smallest**2 * widths[-1], 5)


def test_a_classifier_judges_each_image_by_itself_and_drops_only_with_a_key():
    network, x = nets.image_classifier(8, 1, 3, width=2, dropout=0.5), jax.random.normal(KEY, (4, 8, 8, 1))
    parameters = network.init(KEY)
    logits, features = network.apply(parameters, x), network.features(parameters, x)
    np.testing.assert_allclose(network.apply(parameters, x[1:2]), logits[1:2], rtol=1e-9)
    last = parameters["Dense_1"]
    np.testing.assert_allclose(features @ last["kernel"] + last["bias"], logits, rtol=1e-9)
    assert np.all(network.with_key(KEY).apply(parameters, x) != logits)
    with pytest.raises(ValueError, match="num_features is 0; it has to be 1 or more"):
        nets.image_classifier(8, 1, 3, num_features=0)
    with pytest.raises(ValueError, match="dropout is 1"):
        nets.image_classifier(8, 1, 3, dropout=1)


def test_the_architectures_are_those_of_the_papers():
    # DCGAN at 64: 4×4×1024 → 512 → 256 → 128 → image, in its published width; the discriminator mirrors it.
    parameters, _, _ = shapes(nets.dcgan_generator(64, 3, 100, width=128), array(2, 100))
    assert parameters["Dense_0"]["kernel"].shape == (100, 4 * 4 * 1024)
    assert kernels(parameters) == [(5, 5, 1024, 512), (5, 5, 512, 256), (5, 5, 256, 128), (5, 5, 128, 3)]
    assert len([name for name in parameters if name.startswith("BatchNorm")]) == 4
    parameters, _, features = shapes(nets.dcgan_discriminator(64, 3, width=128), array(2, 64, 64, 3))
    assert kernels(parameters) == [(5, 5, 3, 128), (5, 5, 128, 256), (5, 5, 256, 512), (5, 5, 512, 1024)]
    assert len([name for name in parameters if name.startswith("BatchNorm")]) == 3
    assert features == (2, 4 * 4 * 1024)

    # SNGAN at 32: three blocks up from 4×4×256; two down to 8×8×128, and two more.
    parameters, _, _ = shapes(nets.resnet_generator(32, 3, 128), array(2, 128))
    assert parameters["Dense_0"]["kernel"].shape == (128, 4 * 4 * 256)
    assert kernels(parameters) == [(3, 3, 256, 256), (3, 3, 256, 256), (1, 1, 256, 256)] * 3 + [(3, 3, 256, 3)]
    assert len([name for name in parameters if name.startswith("BatchNorm")]) == 7
    parameters, _, features = shapes(nets.resnet_discriminator(32, 3, norm="none"), array(2, 32, 32, 3))
    deep = (3, 3, 128, 128)
    assert kernels(parameters) == [(3, 3, 3, 128), deep, (1, 1, 3, 128), deep, deep, (1, 1, 128, 128), *[deep] * 4]
    assert features == (2, 128)

    # pix2pix at 256: 64-128-256-512-512-512-512-512 down to one pixel, and back beside the map of the same size.
    parameters, _, _ = shapes(nets.unet(256, 3, 3), array(1, 256, 256, 3))
    down = [parameters[f"Conv_{level}"]["kernel"].shape[2:] for level in range(8)]
    assert down == [(3, 64), (64, 128), (128, 256), (256, 512), *[(512, 512)] * 4]
    up = [parameters[f"ConvTranspose_{layer}"]["kernel"].shape[2:] for layer in range(8)]
    assert up == [(512, 512), *[(1024, 512)] * 3, (1024, 256), (512, 128), (256, 64), (128, 3)]
    parameters, outputs, _ = shapes(nets.patch_discriminator(256, 6), array(1, 256, 256, 6))
    assert kernels(parameters) == [(4, 4, 6, 64), (4, 4, 64, 128), (4, 4, 128, 256), (4, 4, 256, 512), (4, 4, 512, 1)]
    assert outputs == (1, 30, 30, 1)

    # InfoGAN on MNIST: 74 latents, 1024, 7×7×128, 64, image; and back, with 128 more before the twelve of the codes.
    generator, discriminator = nets.infogan_networks(28, 1, 74, 12)
    parameters, images, _ = shapes(generator, array(2, 74))
    assert [parameters[f"Dense_{layer}"]["kernel"].shape for layer in range(2)] == [(74, 1024), (1024, 7 * 7 * 128)]
    assert (kernels(parameters), images) == ([(4, 4, 128, 64), (4, 4, 64, 1)], (2, 28, 28, 1))
    parameters, outputs, features = shapes(discriminator, array(2, 28, 28, 1))
    assert kernels(parameters) == [(4, 4, 1, 64), (4, 4, 64, 128)]
    dense = sorted(parameters[f"Dense_{layer}"]["kernel"].shape for layer in range(4))
    assert dense == [(128, 12), (1024, 1), (1024, 128), (7 * 7 * 128, 1024)]
    assert (outputs, features) == ((2, 13), (2, 1024))


def test_dcgan_starts_where_it_says_and_makes_images():
    generator, discriminator = nets.dcgan_generator(8, 3, 50), nets.dcgan_discriminator(16, 3)

    @jax.jit
    def start(key):
        parameters = generator.init(key)
        return parameters, discriminator.init(key), generator.apply(parameters, jax.random.normal(key, (4, 50)))

    own, other, images = start(KEY)
    for kernel in (own["Dense_0"]["kernel"], other["Conv_1"]["kernel"]):
        # 51,200 numbers or more: the standard error of their deviation is 0.3 %.
        assert jnp.std(kernel) == pytest.approx(0.02, rel=0.015)
    gains = np.concatenate([own["BatchNorm_0"]["scale"], other["BatchNorm_0"]["scale"]])
    assert len(gains) == 192
    assert np.mean(gains) == pytest.approx(1, abs=4 * 0.02 / 192**0.5)
    assert np.std(gains) == pytest.approx(0.02, rel=4 / (2 * 192) ** 0.5)
    assert jnp.max(jnp.abs(images)) < 1
    assert jnp.std(images) > 0


def test_the_patch_of_an_output_has_the_size_of_the_paper():
    """Of 70 by 70 pixels, which only the gradient of one output sees; here 16 by 16 for one layer."""
    network = nets.patch_discriminator(32, 1, width=2, num_layers=1, norm="none")

    @jax.jit
    def slope(key):
        parameters = network.init(key)
        image = jax.random.normal(key, (1, 32, 32, 1))
        return jax.grad(lambda image: network.apply(parameters, image)[0, 7, 7, 0])(image)[0, :, :, 0]

    seen = np.asarray(slope(KEY)) != 0
    assert seen.any(axis=0).sum() == seen.any(axis=1).sum() == 16


def test_dropout_is_the_only_noise_of_a_unet_and_comes_with_a_key():
    network = nets.unet(8, 1, 1, width=2, norm="none")
    assert network.stochastic
    assert not nets.unet(8, 1, 1, dropout=0.0).stochastic

    @jax.jit
    def images(key, image):
        # Weights as large as trained ones: at the start all images are nearly nothing.
        parameters = jax.tree.map(lambda leaf: leaf * 20, network.init(key))
        keys = jax.random.split(key)
        return network.apply(parameters, image), *(network.apply(parameters, image, each) for each in keys)

    silent, one, other = images(KEY, jnp.ones((1, 8, 8, 1)))
    assert jnp.max(jnp.abs(one - other)) > 1e-2
    assert jnp.max(jnp.abs(one - silent)) > 1e-2


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: nets.dcgan_generator(20, 1, 2), "size is 20; it has to be 4 or 7 times 2, 4, 8"),
        (lambda: nets.infogan_networks(30, 1, 2, 3), "size is 30; it has to be a multiple of 4"),
        (lambda: nets.infogan_networks(28, 1, 2, 0), "num_codes is 0; it has to be 1 or more"),
        (lambda: nets.dcgan_generator(8, 0, 2), "channels is 0; it has to be 1 or more"),
        (lambda: nets.dcgan_generator(8, 1, 2, upsampling="bilinear"), "one of transposed, resize"),
        (lambda: nets.dcgan_discriminator(8, 1, projection=True), "projection is set and num_classes is 0"),
        (lambda: nets.unet(6, 1, 1), "size is 6 and depth is 1; depth has to be 2 or more"),
        (lambda: nets.unet(8, 1, 1, dropout=1.0), "dropout is 1.0"),
        (
            lambda: nets.unet(8, 1, 1, norm="wrong"),
            "one of none, batch, layer, group, instance, spectral: this network",
        ),
        (lambda: nets.patch_discriminator(32, 1, norm="virtual"), "takes neither a reference batch nor labels"),
        (lambda: nets.patch_discriminator(16, 1), "images of 24 or more have a patch"),
    ],
)
def test_wrong_arguments_are_told(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_a_residual_generator_is_local_and_hears_its_inputs_at_any_width():
    network = nets.residual_generator(8, 2, width=3, kernel_sizes=(3, 3))
    parameters = network.init(jax.random.key(0))
    latents, base = jax.random.normal(jax.random.key(1), (1, 64)), jnp.ones((1, 8, 8, 2))

    def apply(latents):
        return network.apply(parameters, (latents, base))

    before, slope = jax.jvp(apply, (latents,), (jnp.zeros((1, 64)).at[0, 8 * 5 + 4].set(1.0),))
    assert jnp.std(before) > 0.1  # three channels with N(0, 0.02²) would leave 0.01
    reached = np.argwhere(np.abs(slope[0]).max(axis=-1) > 0)
    np.testing.assert_array_less(np.abs(reached - (5, 4)), 3)  # two kernels of 3 reach two places far
    with pytest.raises(ValueError, match="kernel_sizes is 0; it has to be 1 or more"):
        nets.residual_generator(8, 1, kernel_sizes=())


def test_a_residual_discriminator_is_two_convolutions_and_a_linear_layer():
    """Against loops in NumPy: padded by kernel // 2, and at stride 2 of an even size by one pixel at the end."""
    network = nets.residual_discriminator(4, 2, width=3, kernel_size=3)
    own = jax.tree.map(np.asarray, network.init(jax.random.key(0)))
    images = np.asarray(jax.random.normal(jax.random.key(1), (2, 4, 4, 2)))

    def layer(x, kernel, strides, pads):
        padded = np.pad(x, ((0, 0), pads, pads, (0, 0)))
        places = range(0, 4, strides)
        y = [[np.einsum("nijc,ijco->no", padded[:, r : r + 3, c : c + 3], kernel) for c in places] for r in places]
        y = np.moveaxis(np.asarray(y), 2, 0)
        return np.where(y > 0, y, 0.2 * y)

    seen = layer(images, own["Conv_0"]["kernel"], 1, (1, 1))
    seen = layer(seen, own["Conv_1"]["kernel"], 2, (0, 1)).reshape(2, -1)
    np.testing.assert_allclose(network.features(own, images), seen, atol=1e-12)
    np.testing.assert_allclose(network.apply(own, images), seen @ own["Dense_0"]["kernel"], atol=1e-12)
    with pytest.raises(ValueError, match="width is 0; it has to be 1 or more"):
        nets.residual_discriminator(8, 1, width=0)


def test_a_same_size_generator_does_the_same_everywhere_and_says_images():
    network = nets.same_size_generator(9, 2, 1, width=3, kernel_sizes=(3, 3))
    parameters = network.init(jax.random.key(0))
    image = 5 * jax.random.normal(jax.random.key(1), (1, 3, 3, 2))
    here, there = (jnp.zeros((1, 9, 9, 2)).at[:, at : at + 3, 3:6].set(image) for at in (2, 4))
    said, moved = network.apply(parameters, jnp.concatenate([here, there]))
    assert 0.1 < jnp.max(jnp.abs(said)) <= 1
    np.testing.assert_allclose(moved[2:, 1:-1], said[:-2, 1:-1], rtol=1e-12)
    with pytest.raises(ValueError, match="outputs is 0; it has to be 1 or more"):
        nets.same_size_generator(8, 1, 0)
