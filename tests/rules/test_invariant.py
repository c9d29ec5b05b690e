import jax
import jax.numpy as jnp
import numpy as np

from gangame.rules.invariant import held_fixed

W, X, Y = jnp.array([0.3, -0.7]), jnp.array([1.1, 0.4]), jnp.array(0.6)


def function(held, moving):
    w, x = held
    samples = jnp.tanh(w * x)
    return {"value": jnp.sum(samples * moving["y"]) + moving["y"] ** 2, "held": samples, "number": 3.0}


def test_values_and_both_derivatives_are_those_of_the_function():
    def total(apply):
        return lambda w, y: apply((w, X), {"y": y})["value"]

    def split(held, moving):
        return held_fixed(function, held, {"y": jnp.array(0.0)})(moving)

    result = split((W, X), {"y": Y})
    jax.tree.map(np.testing.assert_array_equal, result, function((W, X), {"y": Y}))
    for derivative in (lambda f: jax.grad(f, (0, 1)), lambda f: jax.jacfwd(jax.grad(f))):
        found, expected = derivative(total(split))(W, Y), derivative(total(function))(W, Y)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-14), found, expected)


def test_what_is_held_is_evaluated_once_and_pulled_back_once():
    def looped(w):
        at = held_fixed(function, (w, X), {"y": Y})
        return jax.lax.scan(lambda y, _: (at({"y": y})["value"], None), Y, length=7)[0]

    def bodies(program):
        return [str(equation) for equation in program.eqns if equation.primitive.name == "scan"]

    for program in (jax.make_jaxpr(looped)(W).jaxpr, jax.make_jaxpr(jax.grad(looped))(W).jaxpr):
        assert bodies(program)
        assert not any("tanh" in body for body in bodies(program))
        assert "tanh" in str(program)
