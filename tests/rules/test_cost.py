"""What rules state as their cost, held against the floating-point operations that XLA counts."""

import functools

import jax
import pytest

from gangame import games, linear
from gangame.rules import RULES, cost_of, first_argument

# Wide enough that matrix products are nearly all of the work, as in the published settings.
GAME = games.mixture(hidden=(64, 64), discriminator_hidden=(64, 64), latent_dim=64, batch_size=256, activation="tanh")

# Arguments at which the stated cost is checked besides the defaults. Loops of a solver are bodies that XLA counts once.
SOLVERS = ("competitive", "follow_the_ridge", "symplectic_surgery", "proximal")
CASES = [
    *((name, {"maxiter": 1} if name in SOLVERS else {}) for name in RULES),
    ("competitive", {"maxiter": 1, "solver": "cg"}),
    ("unrolled", {"depth": 1}),
    ("unrolled", {"depth": 5, "through": False}),
    ("unrolled", {"depth": 3, "remat": True}),
    ("runge_kutta", {"stages": 2, "penalty": 0.07}),
    ("drift_corrected", {"terms": "interaction"}),
    ("lola", {"exact": False}),
]


@pytest.fixture
def flops(monkeypatch):
    """Returns a function from a rule to the operations of one step; XLA counts the body of a loop once, so unroll."""
    with monkeypatch.context() as patch:
        patch.setattr(jax.lax, "scan", functools.partial(jax.lax.scan, unroll=True))
        patch.setattr(linear, "RESTART", 1)
        # What a loop computes again, XLA would find to be the same once the loop is flat.
        patch.setattr(jax, "checkpoint", lambda function, prevent_cse, again=jax.checkpoint: again(function))

        def count(rule):
            key = jax.random.key(0)
            players = jax.eval_shape(GAME.init, key)

            # Sampling is no part of the cost that a rule states; and a game of one sample is a sum of one term.
            def step(players, state, batch):
                terms = games.Terms(jax.tree.map(lambda leaf: leaf[None], batch))
                return rule.update(GAME._replace(sample=terms), players, state, key)

            arguments = players, jax.eval_shape(rule.init, players), jax.eval_shape(GAME.sample, key)
            return jax.jit(step).lower(*arguments).compile().cost_analysis()["flops"]

        yield count


def made(name, arguments):
    factory = RULES[name]
    return factory(RULES["simultaneous"](0.1) if first_argument(factory) == "rule" else 0.1, **arguments)


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_the_stated_cost_is_what_xla_counts(name, arguments, flops):
    stated = cost_of(RULES[name], **arguments)
    if first_argument(RULES[name]) == "rule":  # what a wrapper states comes on top of the rule in it
        stated = stated._replace(gradients=stated.gradients + 1)
    measured = flops(made(name, arguments)) / flops(RULES["simultaneous"](0.1))
    # The estimate knows no more of a layer than that it is a matrix product, see `Cost.flops`.
    assert measured == pytest.approx(stated.flops(), rel=0.2)
