"""Small games on a folder of pictures, all on the device or in buffers.

As a script it is `gangame` with the GAN among them: `python tests/lab/album.py play album:buffer=12 simultaneous`.
"""

import jax.numpy as jnp
import numpy as np
from PIL import Image

import gangame as gg
from gangame import data, games, nets
from gangame.core import as_partial
from gangame.games.gan import GanSample
from gangame.lab import cli


def album(folder: str = "./pictures", *, buffer: int | None = None, batch_size: int = 4, passes: int = 1):
    """GAN on a folder of pictures.

    Args:
      folder: where they are.
      buffer: how many of them are on the device.
      batch_size: how many a step has.
      passes: how often a buffer is gone through.
    """
    real = images(folder, buffer, passes)
    num_pixels = real.pixels.shape[1]
    generator, discriminator = nets.mlp(2, (4,), num_pixels, squash=True), nets.mlp(num_pixels, (4,), 1)
    return games.gan(generator, discriminator, real, latent_dim=2, batch_size=batch_size)


def average(folder: str = "./pictures", *, buffer: int | None = None, batch_size: int = 4, passes: int = 1):
    """Game of one player, who looks for the mean of the pictures, and compiles quickly; see `album`."""
    real = images(folder, buffer, passes)

    def losses(players, batch):
        return {"mean": jnp.sum((batch["real"] - players["mean"]) ** 2) / (2 * batch_size)}

    def init(key):
        del key
        return {"mean": jnp.zeros(real.pixels.shape[1:])}

    sample = GanSample(real, batch_size, latent_dim=1, shared_latents=True)
    return gg.Game(as_partial(init), sample, as_partial(losses))


def images(folder, buffer, passes):
    """The pictures for training as vectors."""
    if buffer is None:
        return data.images(folder).train.flat()
    return data.streamed(data.stream(folder, buffer), passes).flat()


def draw(folder, num_images=15):
    """Saves pictures of two classes, so many of each, of which every fifth is for testing."""
    pixels = np.random.default_rng(0).integers(0, 256, (2, num_images, 4, 4), dtype=np.uint8)
    for name, own in zip("ab", pixels, strict=True):
        (folder / name).mkdir(parents=True)
        for number, each in enumerate(own):
            Image.fromarray(each).save(folder / name / f"{number:02d}.png")


if __name__ == "__main__":
    games.GAMES["album"] = album
    cli.main()
