"""A GAN of convolutional networks on any set of real images."""

from collections.abc import Mapping, Sequence

from gangame.core import Game
from gangame.data import Images, ImageSet, images, stream, streamed
from gangame.games.gan import gan
from gangame.nets import dcgan_discriminator, dcgan_generator
from gangame.nets.norms import check_plain_norm
from gangame.ranges import check_sizes


def dcgan(
    source: str | ImageSet = "digits",
    *,
    size: int | None = None,
    latent_dim: int = 100,
    width: int = 64,
    kernel_size: int = 5,
    upsampling: str = "transposed",
    norm: str = "batch",
    discriminator_norm: str | None = None,
    dtype: str | None = None,
    batch_size: int = 64,
    cost: str = "non_saturating",
    shared_latents: bool = True,
    penalty: str | Sequence[str] = "none",
    penalty_strength: float | Mapping[str, float] = 0.1,
    penalty_target: float = 1.0,
    real_label: float = 1.0,
    fake_label: float = 0.0,
    noise: float = 0.0,
    packing: int = 1,
    match_features: bool = False,
    data_dir: str | None = None,
    buffer: int | None = None,
    passes: int = 1,
) -> Game:
    """DCGAN on real images of any set or folder, of 8×8 pixels or more.

    Args:
      source: a name of `data.images`: "digits" (8×8), "mnist_5000", "animals" (28×28), "faces", "textures", "photos",
        "stereo" need no network, "mnist", "cifar10", "celeb_a", ... are downloaded once; a folder of pictures as text,
        such as "./pictures"; or a `data.ImageSet`.
      size: height and width that images are brought to, or of patches: 8, 14, 16, 28, 32, 56, 64, ...; `None` leaves
        images as they are, which have to have such a size then.
      latent_dim: size of z ~ N(0, I), 1 or more; 100 in the paper.
      width: channels of the largest maps of both networks, 1 or more.
      kernel_size: of all convolutions, 1 or more.
      upsampling: "transposed" convolutions in the generator, or "resize"; see `nets.dcgan_generator`.
      norm: of both networks, after all layers but the generator's last and the discriminator's first: "none", "batch",
        "layer", "group", "instance", "spectral", see `nets.mlp`.
      discriminator_norm: of the discriminator, where it is another one.
      dtype: what both compute in, such as "bfloat16"; parameters, gradients and losses keep their float type.
      batch_size: data and latents in one sample, 1 or more.
      cost: one of `games.COSTS`, such as "minimax", "non_saturating", "hinge", "wasserstein"; see `games.gan`.
      shared_latents: both losses are on the same latents, or each is on its own ones.
      penalty: what the discriminator pays for its slope: "none", "r1", "r2", "gradient", "dragan", or several of them,
        see `games.gan`; not where its norm is "batch".
      penalty_strength: γ of the penalty, 0 or more, or a dict with one for each.
      penalty_target: slope at which "gradient" and "dragan" cost nothing, 0 or more.
      real_label: what a cross-entropy discriminator is to say of data, from 0 to 1; 0.9 is one-sided smoothing.
      fake_label: what it is to say of samples, from 0 to 1.
      noise: standard deviation of the instance noise on all that the discriminator sees, 0 or more.
      packing: how many images the discriminator sees one behind the other, 1 or more; it divides `batch_size`.
      match_features: the generator matches the mean features of the discriminator's last map, in place of its cost.
      data_dir: where tensorflow-datasets keeps its data, for its sets only.
      buffer: how many images are on the device at a time, 1 to all of them; `None` has all of them there.
        `gangame play` exchanges the buffer, of which two are there meanwhile; by itself the game has about 1,000
        images.
      passes: how often a buffer is gone through before the next one comes, 1 or more; more where reading cannot keep
        up.

    Returns:
      The game; players "generator" and "discriminator"; `game.sample.data` are the `data.Images`, with a buffer
      `data.Streamed`.

    Raises:
      ValueError: an unknown name, a number outside its range, images of another form, a package that is missing, a
        download that failed.

    Source: Radford, Metz, Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative
      Adversarial Networks", 2016, https://arxiv.org/abs/1511.06434.

    Example:
      >>> import jax
      >>> game = dcgan("photos", size=32, batch_size=2)
      >>> jax.eval_shape(game.sample, jax.random.key(0))["real"].shape
      (2, 32, 32, 3)
    """
    check_sizes(packing=packing, passes=passes)
    judging = norm if discriminator_norm is None else discriminator_norm
    check_plain_norm(norm)
    check_plain_norm(judging)
    if penalty != "none" and judging == "batch":
        raise ValueError(
            f"penalty is {penalty!r} and the discriminator has the norm 'batch', with which it judges no image by "
            "itself, as a penalty on slopes has it; set discriminator_norm to 'layer', 'spectral' or 'none'."
        )
    real = square(source, size, data_dir, buffer, passes)
    height, _, channels = real.shape
    return gan(
        dcgan_generator(
            height, channels, latent_dim, width=width, kernel_size=kernel_size, upsampling=upsampling, norm=norm,
            dtype=dtype,
        ),
        dcgan_discriminator(
            height, channels * packing, width=width, kernel_size=kernel_size, norm=judging, dtype=dtype
        ),
        real, latent_dim=latent_dim, batch_size=batch_size, cost=cost, shared_latents=shared_latents, penalty=penalty,
        penalty_strength=penalty_strength, penalty_target=penalty_target, real_label=real_label,
        fake_label=fake_label, noise=noise, packing=packing, match_features=match_features,
    )  # fmt: skip


def square(
    source: str | ImageSet, size: int | None, data_dir: str | None, buffer: int | None = None, passes: int = 1
) -> Images:
    """Returns the images for training, of which height and width are the same.

    Args:
      source: a name, a folder as text, or a set.
      size: that of the images of a name or a folder, or `None` for their own.
      data_dir: where tensorflow-datasets keeps its data.
      buffer: how many of them are on the device at a time, or `None`.
      passes: how often a buffer is gone through.

    Raises:
      ValueError: an unknown name, images of another form, or a size or a buffer for a set that is there.
    """
    if buffer is None and passes != 1:
        raise ValueError(
            f"passes is {passes} and buffer is None; only images in buffers are gone through, give a buffer."
        )
    if isinstance(source, ImageSet):
        if not (size is data_dir is buffer is None):
            raise ValueError(
                "The set of images is there already; leave size, data_dir and buffer out, or give its name."
            )
        real = source.train
    elif buffer is not None:
        real = streamed(stream(source, buffer, size=size, data_dir=data_dir), passes)
    else:
        real = images(source, size=size, data_dir=data_dir).train
    height, width = real.shape[:2]
    if height != width:
        raise ValueError(f"The images are of {height}×{width} pixels, and have to be squares; give a size, such as 32.")
    return real
