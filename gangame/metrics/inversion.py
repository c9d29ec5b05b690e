"""How close a generator can come to given images: the error of inverting it, and the search that does so."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from gangame.core import Array, Key, PyTree
from gangame.ranges import check_sizes


def inversion_error(
    generate: Callable[[Array], Array],
    images: Array,
    key: Key,
    *,
    latent_dim: int,
    num_restarts: int = 3,
    num_steps: int = 100,
) -> dict[str, Array]:
    """Returns how far images are from the nearest that a generator makes, found by L-BFGS from several starts.

        min_z ‖G(z) − x‖² / pixels,    from z ~ N(0, I)

    The error says whether an image is within reach at all, of a training image or of a test image, whatever the
    generator makes often. The search is local, so it is an upper bound. Nothing keeps z near the normal distribution.
    Of several generators, Metz et al. also count for how many images each has the smallest error.

    Args:
      generate: `generate(z) -> [n, ...]` of latents `[n, latent_dim]`, which makes each sample from its own latent: no
        batch normalisation, whose samples depend on the batch, but the norm "reference" or another one.
      images: `[num_images, ...]`, of the form that the generator makes.
      key: draws the starts.
      latent_dim: size of the latents, 1 or more.
      num_restarts: starts for each image, 1 or more.
      num_steps: of L-BFGS from each start, 1 or more.

    Returns:
      A dict of `error` `[num_images]`, the mean squared error of each image from its best start; `latents`
      `[num_images, latent_dim]`, where that is; `best` `[num_images]`, the number of that start; and `errors`
      `[num_images, num_restarts]` of all. A start that ends nowhere finite has an infinite error.

    Raises:
      ValueError: a number outside its range, or images of another form.

    Source: Metz, Poole, Pfau, Sohl-Dickstein, "Unrolled Generative Adversarial Networks", 2017,
    https://arxiv.org/abs/1611.02163, with three starts.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> found = inversion_error(lambda z: z[:, :1], jnp.ones((2, 1)), jax.random.key(0), latent_dim=2)
      >>> bool(jnp.all(found["error"] < 1e-6))
      True
    """
    check_sizes(latent_dim=latent_dim, num_restarts=num_restarts, num_steps=num_steps)
    images = jnp.asarray(images)
    starts = jax.random.normal(key, (len(images), num_restarts, latent_dim), images.dtype)
    made = jax.eval_shape(generate, starts[:, 0])
    if made.shape != images.shape:
        raise ValueError(
            f"The images have the shape {images.shape}, and the generator makes {made.shape} of latents "
            f"{starts[:, 0].shape}; both have to be the same."
        )

    def error(latent: Array, image: Array) -> Array:
        return jnp.mean((generate(latent[None])[0] - image) ** 2)

    def search(image: Array, starts: Array) -> tuple[Array, Array]:
        return jax.vmap(lambda start: latent_search(error, start, image, num_steps))(starts)

    latents, errors = jax.vmap(search)(images, starts)
    best = jnp.argmin(errors, axis=1)
    return {
        "error": jnp.take_along_axis(errors, best[:, None], axis=1)[:, 0],
        "latents": jnp.take_along_axis(latents, best[:, None, None], axis=1)[:, 0],
        "best": best,
        "errors": errors,
    }


def latent_search(
    error: Callable[[Array, PyTree], Array], start: Array, sought: PyTree, num_steps: int
) -> tuple[Array, Array]:
    """Returns where L-BFGS finds the smallest error on its way from a start, and that error.

    The start is one of the points on the way; an error that is not finite is never the smallest, and is infinite where
    there is no other. For many starts, `jax.vmap` it.

    Args:
      error: `error(latent, sought)`, a scalar.
      start: `[latent_dim]`, or any other array.
      sought: what the error needs besides.
      num_steps: of L-BFGS, each with a search along its line, 1 or more.

    Source: Nocedal, Wright, "Numerical Optimization", 2006, https://doi.org/10.1007/978-0-387-40065-5, section 7.2.

    Example:
      >>> import jax.numpy as jnp
      >>> point, least = latent_search(lambda z, x: jnp.sum((z - x) ** 2), jnp.zeros(2), jnp.ones(2), 5)
      >>> print(point.round(4), bool(least < 1e-6))
      [1. 1.] True
    """
    check_sizes(num_steps=num_steps)
    search = optax.lbfgs()

    def value(latent: Array) -> Array:
        return error(latent, sought)

    def step(carry: tuple, _: None) -> tuple[tuple, None]:
        latent, state, best, least = carry
        now, slope = optax.value_and_grad_from_state(value)(latent, state=state)
        update, state = search.update(slope, state, latent, value=now, grad=slope, value_fn=value)
        best, least = closer(latent, now, best, least)
        return (optax.apply_updates(latent, update), state, best, least), None

    with jax.numpy_dtype_promotion("standard"):  # optax adds whole numbers of two sizes
        begun = (start, search.init(start), start, jnp.asarray(jnp.inf, start.dtype))
        (latent, _, best, least), _ = jax.lax.scan(step, begun, length=num_steps)
        return closer(latent, value(latent), best, least)


def closer(latent: Array, value: Array, best: Array, least: Array) -> tuple[Array, Array]:
    """Returns the latent of the smaller error, and that error; what is not finite is not smaller."""
    smaller = value < least
    return jnp.where(smaller, latent, best), jnp.where(smaller, value, least)
