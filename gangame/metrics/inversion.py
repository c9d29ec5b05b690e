"""How close a generator can come to given images: the error of inverting it."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from gangame.core import Array, Key
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
    search = optax.lbfgs()

    def descend(image: Array, start: Array) -> tuple[Array, Array]:
        def error(latent: Array) -> Array:
            return jnp.mean((generate(latent[None])[0] - image) ** 2)

        def step(carry: tuple, _: None) -> tuple[tuple, None]:
            latent, state, best, least = carry
            value, slope = optax.value_and_grad_from_state(error)(latent, state=state)
            update, state = search.update(slope, state, latent, value=value, grad=slope, value_fn=error)
            best, least = closer(latent, value, best, least)
            return (optax.apply_updates(latent, update), state, best, least), None

        begun = (start, search.init(start), start, jnp.asarray(jnp.inf, start.dtype))
        (latent, _, best, least), _ = jax.lax.scan(step, begun, length=num_steps)
        return closer(latent, error(latent), best, least)

    with jax.numpy_dtype_promotion("standard"):  # optax adds whole numbers of two sizes
        latents, errors = jax.vmap(jax.vmap(descend, in_axes=(None, 0)))(images, starts)
    best = jnp.argmin(errors, axis=1)
    return {
        "error": jnp.take_along_axis(errors, best[:, None], axis=1)[:, 0],
        "latents": jnp.take_along_axis(latents, best[:, None, None], axis=1)[:, 0],
        "best": best,
        "errors": errors,
    }


def closer(latent: Array, value: Array, best: Array, least: Array) -> tuple[Array, Array]:
    """Returns the latent of the smaller error, and that error; what is not finite is not smaller."""
    smaller = value < least
    return jnp.where(smaller, latent, best), jnp.where(smaller, value, least)
