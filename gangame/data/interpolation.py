"""Ways from one latent to another."""

import jax.numpy as jnp

from gangame.core import Array


def slerp(start: Array, end: Array, share: Array) -> Array:
    """Returns points on the arc between two latents, which keep their length where a straight way is short of it.

        (sin((1 − s)ω) start + sin(sω) end) / sin ω,    with ω the angle between both.

    Normal latents of many dimensions lie near a sphere and nearly at right angles, so the middle of the straight way is
    shorter than all that a generator has seen by a factor of √2.

    Args:
      start: `[..., latent_dim]`, not zero.
      end: `[..., latent_dim]`, not zero; opposite to `start` there is no one arc, and the result is not finite or
        arbitrary.
      share: s, how much of the way, 0 to 1, of a shape that broadcasts to `[...]`.

    Returns:
      Latents `[..., latent_dim]`; where both have the same direction, points of the straight way.

    Source: Shoemake, "Animating rotation with quaternion curves", 1985, https://doi.org/10.1145/325165.325242; White,
    "Sampling Generative Networks", 2016, https://arxiv.org/abs/1609.04468, for latents.

    Example:
      >>> print(slerp(jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]), jnp.array(0.5)).round(3))
      [0.707 0.707]
    """
    share = jnp.asarray(share, start.dtype)[..., None]
    lengths = jnp.linalg.norm(start, axis=-1, keepdims=True) * jnp.linalg.norm(end, axis=-1, keepdims=True)
    cosine = jnp.sum(start * end, axis=-1, keepdims=True) / lengths
    angle = jnp.arccos(jnp.clip(cosine, -1, 1))
    sine = jnp.sin(angle)
    straight = jnp.abs(sine) < jnp.sqrt(jnp.finfo(start.dtype).eps)  # closer the arc is the chord to rounding
    divisor = jnp.where(straight, 1, sine)
    first = jnp.where(straight, 1 - share, jnp.sin((1 - share) * angle) / divisor)
    second = jnp.where(straight, share, jnp.sin(share * angle) / divisor)
    return first * start + second * end
