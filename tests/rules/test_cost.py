"""What rules state as their cost, held against the floating-point operations that XLA counts."""

import functools

import jax
import jax.numpy as jnp
import pytest

from gangame import games, linear
from gangame.rules import RULES, cost_of, directions, first_argument
from gangame.rules.cost import cost_along

# Wide enough that matrix products are nearly all of the work, as in the published settings.
GAME = games.mixture(hidden=(64, 64), discriminator_hidden=(64, 64), latent_dim=64, batch_size=256, activation="tanh")

SOLVERS = ("competitive", "follow_the_ridge", "symplectic_surgery", "proximal")
# Arguments at which the stated cost is checked besides the defaults.
CASES = [
    *((name, {}) for name in RULES if name not in SOLVERS),
    *((name, {"maxiter": 1}) for name in SOLVERS),
    *((name, {"maxiter": 3}) for name in SOLVERS if name != "proximal"),
    ("competitive", {"maxiter": 1, "solver": "gmres"}),
    ("competitive", {"maxiter": 1, "adaptive": True}),
    ("anderson", {"memory": 2}),
    ("unrolled", {"depth": 1}),
    ("unrolled", {"depth": 5, "through": False}),
    ("unrolled", {"depth": 3, "remat": True}),
    ("runge_kutta", {"stages": 2, "penalty": 0.07}),
    ("drift_corrected", {"terms": "interaction"}),
    ("lola", {"exact": False}),
]


def operations(rule):
    """Returns the floating-point operations of one step, as XLA counts them."""
    key = jax.random.key(0)
    players = jax.eval_shape(GAME.init, key)

    # Sampling is no part of the cost that a rule states; and a game of one sample is a sum of one term.
    def step(players, state, batch):
        terms = games.Terms(jax.tree.map(lambda leaf: leaf[None], batch))
        return rule.update(GAME._replace(sample=terms), players, state, key)

    arguments = players, jax.eval_shape(rule.init, players), jax.eval_shape(GAME.sample, key)
    quick = {"xla_backend_optimization_level": 0}  # machine code is not what is counted
    return jax.jit(step).lower(*arguments).compile(quick).cost_analysis()["flops"]


@functools.cache
def flops_of_a_gradient():
    return operations(RULES["simultaneous"](0.1))


@pytest.fixture
def flops(monkeypatch):
    """Returns a function from a rule to the operations of one step, whose outermost `while` loops have `trips` trips.

    XLA counts the body of a loop once, so loops are unrolled; GMRES restarts after each iteration, and a `while` loop
    inside of another has one trip.
    """
    with monkeypatch.context() as patch:
        patch.setattr(jax.lax, "scan", functools.partial(jax.lax.scan, unroll=True))
        patch.setattr(linear, "RESTART", 1)
        # What a loop computes again, XLA would find to be the same once the loop is flat.
        patch.setattr(jax, "checkpoint", lambda function, prevent_cse, again=jax.checkpoint: again(function))

        def count(rule, trips=None):
            inside = []

            def unrolled(unfinished, body, carry):
                del unfinished
                inside.append(None)
                for _ in range(trips if len(inside) == 1 else 1):
                    carry = body(carry)
                inside.pop()
                # A loop computes all that it carries, used or not; here each part has to depend on all others for that.
                leaves = [
                    leaf for leaf in jax.tree.leaves(carry) if jnp.issubdtype(jnp.result_type(leaf), jnp.floating)
                ]
                nothing = 0 * sum(jnp.sum(leaf) for leaf in leaves)
                return jax.tree.map(
                    lambda leaf: leaf + nothing.astype(leaf.dtype) if any(leaf is each for each in leaves) else leaf,
                    carry,
                )

            if trips:
                patch.setattr(jax.lax, "while_loop", unrolled)
            return operations(rule)

        yield count


def made(name, arguments):
    factory = RULES[name]
    return factory(RULES["simultaneous"](0.1) if first_argument(factory) == "rule" else 0.1, **arguments)


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_the_stated_cost_is_what_xla_counts(name, arguments, flops):
    stated = cost_of(RULES[name], **arguments)
    if first_argument(RULES[name]) == "rule":  # what a wrapper states comes on top of the rule in it
        stated = stated._replace(gradients=stated.gradients + 1)
    # Newton's first iteration would share the field where it starts, were it unrolled; as a loop it is counted once.
    trips = None if name == "proximal" else arguments.get("maxiter")
    measured = flops(made(name, arguments), trips) / flops_of_a_gradient()
    # The estimate knows no more of a layer than that it is a matrix product, see `Cost.flops`.
    assert measured == pytest.approx(stated.flops(), rel=0.2)


@pytest.mark.parametrize("name", ["extragradient", "alternating"])
def test_the_stated_cost_along_a_direction_is_what_xla_counts(name, flops):
    stated = cost_along(RULES[name], cost_of(RULES["consensus"]))
    measured = flops(RULES[name](0.1, direction=directions.consensus(0.1))) / flops_of_a_gradient()
    assert measured == pytest.approx(stated.flops(), rel=0.2)  # as above


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_the_stated_copies_are_what_a_rule_remembers(name, arguments):
    players = jax.eval_shape(GAME.init, jax.random.key(0))
    state = jax.eval_shape(made(name, arguments).init, players)  # the optimiser is plain descent and remembers nothing
    sizes = [
        sum(leaf.size for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.floating))
        for tree in (state, players)
    ]
    assert cost_of(RULES[name], **arguments).copies == sizes[0] / sizes[1]
