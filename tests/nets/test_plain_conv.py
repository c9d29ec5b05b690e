"""Plain convolutions against those of JAX: values, derivatives, batches, and how a CPU computes them in a loop."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from gangame.nets.convolutions import general_conv
from gangame.nets.plain_conv import plain_conv

AXES = ("NHWC", "HWIO", "NHWC")


def of_jax(x, kernel, pads):
    return lax.conv_general_dilated(x, kernel, (1, 1), pads, dimension_numbers=AXES)


@pytest.mark.parametrize("pads", [((1, 1), (0, 2)), ((3, -1), (-2, 4))])
def test_values_two_derivatives_and_batches_are_those_of_jax(pads):
    keys = jax.random.split(jax.random.key(0), 4)
    at = jax.random.normal(keys[0], (3, 4, 5, 2)), jax.random.normal(keys[1], (3, 2, 2, 4))
    along = jax.random.normal(keys[2], at[0].shape), jax.random.normal(keys[3], at[1].shape)

    @partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    def everything(at, along):
        def answers(conv):
            def loss(x, kernel):
                return jnp.sum(jnp.sin(conv(x, kernel, pads)))

            slopes = jax.grad(loss, argnums=(0, 1))
            stacked = [jnp.stack([each, other]) for each, other in zip(at, along, strict=True)]
            batches = [
                jax.vmap(slopes, in_axes=axes)(*(each if axis is None else many for each, many, axis in choice))
                for axes in [(0, None), (None, 0), (0, 0)]
                for choice in [list(zip(at, stacked, axes, strict=True))]
            ]
            return conv(*at, pads), jax.jvp(slopes, at, along), batches

        return answers(plain_conv), answers(of_jax)

    one, other = everything(at, along)
    # Sums of at most 3·20 products, three in a row, of numbers of order 1 to 100.
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-11), one, other)


@pytest.mark.parametrize("strides", [1, 2])
def test_every_derivative_in_a_loop_has_the_order_of_axes_that_a_cpu_is_fast_at(strides):
    """JAX's own have others, or this test shows nothing."""

    def orders(conv):
        def steps(x, kernel):
            def loss(pair):
                return jnp.sum(jnp.sin(conv(*pair)))

            def step(pair, _):
                return jax.tree.map(jnp.subtract, pair, jax.grad(loss)(pair)), None

            return lax.scan(step, (x, kernel), length=3)[0]

        shapes = jax.ShapeDtypeStruct((2, 8, 8, 3), jnp.float32), jax.ShapeDtypeStruct((5, 5, 3, 2), jnp.float32)
        text = jax.jit(steps).lower(*shapes).compile().as_text()
        return set(re.findall(r"dim_labels=([a-z0-9_>-]+)", text))

    own = partial(general_conv, strides=(strides, strides), padding="SAME")
    assert orders(own) == {"b01f_01io->b01f"}
    theirs = partial(
        lax.conv_general_dilated, window_strides=(strides, strides), padding="SAME", dimension_numbers=AXES
    )
    assert len(orders(theirs)) > 1


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="same type, and as many channels"):
        plain_conv(jnp.ones((1, 4, 4, 2)), jnp.ones((3, 3, 1, 2)), ((1, 1), (1, 1)))
