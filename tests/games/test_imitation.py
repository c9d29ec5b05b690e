"""Imitation: the pole falls as published, policy gradients are exact in expectation, and episodes have one length."""

import itertools
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games
from gangame.core import portable
from gangame.games.environments import SCALES
from gangame.games.trajectories import Start, Trajectories, expected_cost, walk
from gangame.nets import Network

pytest.importorskip("gymnax")
RNG = np.random.default_rng(0)
STEPS = 3


@pytest.fixture(scope="module")
def poles():
    return games.environment()


def pushed(state, action):
    """Barto, Sutton and Anderson 1983 as gymnasium has it, Euler's rule with 0.02 s."""
    x, x_dot, theta, theta_dot = state
    force = 10.0 if action == 1 else -10.0
    there = (force + 0.05 * theta_dot**2 * np.sin(theta)) / 1.1
    turned = (9.8 * np.sin(theta) - np.cos(theta) * there) / (0.5 * (4 / 3 - 0.1 * np.cos(theta) ** 2 / 1.1))
    moved = there - 0.05 * turned * np.cos(theta) / 1.1
    return np.array([x + 0.02 * x_dot, x_dot + 0.02 * moved, theta + 0.02 * theta_dot, theta_dot + 0.02 * turned])


def test_the_pole_moves_as_published_and_stays_where_it_fell(poles):
    actions = RNG.integers(0, 2, (60, 5))
    noise = 100.0 * jax.nn.one_hot(actions, 2)  # which decides
    state = jax.vmap(poles.reset)(jax.random.split(jax.random.key(0), 5))
    found = jax.jit(lambda state: walk(poles, lambda seen: jnp.zeros((5, 2)), Start(state, noise)))(state)
    np.testing.assert_array_equal(found.actions, actions)
    seen = np.asarray(found.observations) * SCALES["CartPole-v1"]
    assert np.abs(seen[0]).max() <= 0.05
    for i in range(5):
        told, over = seen[0, i], False
        for t in range(60):
            np.testing.assert_allclose(seen[t, i], told, rtol=1e-6, atol=1e-9)
            over = abs(told[0]) > 2.4 or abs(told[2]) > 12 * 2 * np.pi / 360
            assert found.alive[t, i] == (not over)
            told = told if over else pushed(told, actions[t, i])
        assert over


def linear(shape):
    return Network(
        lambda key: 0.5 * jax.random.normal(key, shape), lambda parameters, seen: jnp.tanh(seen @ parameters)
    )


@pytest.fixture(scope="module")
def game(poles):
    """A game with networks by hand, whose gradient is of all costs to come."""
    observations, actions = RNG.standard_normal((6, 4)), RNG.integers(0, 2, 6)
    return portable(
        games.imitation(
            poles, observations, actions, networks=(linear((4, 2)), linear((6, 1))), batch_size=2, horizon=STEPS,
            discount=1.0, entropy=0.3, cost="minimax",
        )
    )  # fmt: skip


def every_walk(game):
    """Observations and actions of all 2^STEPS walks from one place, `[STEPS, walks(, features)]`."""
    poles, actions = game.losses.environment, np.array(list(itertools.product(range(2), repeat=STEPS))).T
    state = jax.tree.map(lambda leaf: jnp.stack([leaf] * actions.shape[1]), poles.reset(jax.random.key(1)))
    noise = 100.0 * jax.nn.one_hot(actions, 2)
    found = walk(poles, lambda seen: jnp.zeros((actions.shape[1], 2)), Start(state, noise))
    return found._replace(observations=found.observations * 20)  # far apart, so that they tell something


def test_gradients_over_all_walks_are_those_of_the_expectation(game):
    """Enumerated: both players' gradients, and how they change with the other, with and without a baseline."""
    found, players = jax.jit(every_walk)(game), game.init(jax.random.key(2))
    walks = found.actions.shape[1]
    at = game.losses

    def chances(players):
        logits = jax.nn.log_softmax(at.policy.apply(players["policy"], found.observations))
        return jnp.exp(jnp.sum(jnp.take_along_axis(logits, found.actions[..., None], -1)[..., 0], axis=0)), logits

    def exact(players):
        weights, logits = chances(players)
        judged = at.judged(players, found.observations, found.actions)
        entropy = -jnp.sum(jnp.exp(logits) * logits, axis=-1)
        real = at.judged(players, at.observations, at.actions)
        cost = jnp.log(1 - jax.nn.sigmoid(judged)) - 0.3 * entropy
        fake = jnp.mean(-jnp.log(1 - jax.nn.sigmoid(judged)), axis=0)
        return {
            "policy": jnp.mean(cost, axis=0) @ weights,
            "discriminator": jnp.mean(-jnp.log(jax.nn.sigmoid(real))) + fake @ weights,
        }

    def sampled(players, chosen, baseline):
        some = Trajectories(*(leaf[:, chosen] for leaf in found))
        return at.on(players, some, baseline)

    def expected(players, derivative):
        """Of each walk alone, and of all pairs of walks, which have each other for a baseline."""
        weights = jax.lax.stop_gradient(chances(players)[0])
        alone = jax.vmap(lambda i: derivative(lambda w: sampled(w, i[None], False))(players))(jnp.arange(walks))
        pairs = jnp.stack(jnp.meshgrid(jnp.arange(walks), jnp.arange(walks), indexing="ij"), -1).reshape(-1, 2)
        both = jax.vmap(lambda pair: derivative(lambda w: sampled(w, pair, True))(players))(pairs)

        def mean(weights, found):
            return jax.tree.map(lambda leaf: jnp.tensordot(weights, leaf, 1), found)

        return mean(weights, alone), mean(jnp.outer(weights, weights).ravel(), both)

    def crossed(function):
        """How the policy's gradient changes with the discriminator."""
        return lambda players: jax.jacfwd(jax.grad(lambda w: function(w)["policy"]))(players)["policy"]["discriminator"]

    def everything(players):
        return (
            (jax.jacrev(exact)(players), *expected(players, jax.jacrev)),
            (crossed(exact)(players), *expected(players, crossed)),
        )

    for told, alone, both in jax.jit(everything)(players):
        assert min(np.abs(leaf).max() for leaf in jax.tree.leaves(told)) > 1e-4
        for estimate in (alone, both):
            for one, other in zip(jax.tree.leaves(told), jax.tree.leaves(estimate), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-12)


def test_costs_to_come_are_discounted_and_compared_with_those_of_others():
    """The formula of the docstring in a loop."""
    costs, gamma = RNG.standard_normal((5, 3)), 0.7
    slope = jax.grad(lambda log_probabilities: expected_cost(log_probabilities, jnp.asarray(costs), gamma))
    to_come = np.zeros((6, 3))
    for t in reversed(range(5)):
        to_come[t] = costs[t] + gamma * to_come[t + 1]
    others = (to_come[:-1].sum(axis=1, keepdims=True) - to_come[:-1]) / 2
    np.testing.assert_allclose(slope(jnp.zeros((5, 3))), (to_come[:-1] - others) / 15, rtol=1e-12)
    assert expected_cost(jnp.ones((5, 3)), jnp.asarray(costs), gamma) == pytest.approx(costs.mean(), rel=1e-12)


def test_all_episodes_have_one_length_unless_it_is_asked_to_leak(poles):
    """Before a discriminator who knows nothing only an episode that ends when it may tells a policy to live."""
    options = {"networks": (linear((4, 2)), Network(lambda key: jnp.zeros(1), lambda own, pairs: pairs[..., :1] * 0))}
    found = Trajectories(jnp.zeros((4, 2, 4)), jnp.zeros((4, 2), int), jnp.arange(4)[:, None] < jnp.array([4, 2]))
    for fixed, told in ((True, np.log(0.5)), (False, np.log(0.5) * 6 / 8)):
        game = games.imitation(
            poles, np.zeros((1, 4)), [0], entropy=0.0, cost="minimax", fixed_horizon=fixed, **options
        )
        losses = game.losses.on({"policy": jnp.zeros((4, 2)), "discriminator": jnp.zeros(1)}, found)
        assert losses["policy"] == pytest.approx(told, rel=1e-12)
        assert losses["discriminator"] == pytest.approx(2 * np.log(2), rel=1e-12)


@pytest.mark.parametrize("name", SCALES)
def test_every_task_is_walked(name):
    made = games.environment(name)
    start = jax.eval_shape(lambda key: made.reset(key), jax.random.key(0))
    assert jax.eval_shape(made.observe, start).shape == (made.num_features,)
    after = jax.eval_shape(made.step, start, jax.ShapeDtypeStruct((), jnp.int32))
    assert jax.tree.map(lambda leaf: leaf.dtype, after) == jax.tree.map(lambda leaf: leaf.dtype, start)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"cost": "hinge"}, "cost is 'hinge'; it has to be one of minimax, non_saturating"),
        ({"batch_size": 1}, "batch_size is 1; it has to be a whole number, 2 or more"),
        ({"discount": 1.1}, "The discount is 1.1; it has to be from 0 to 1"),
        ({"actions": np.zeros(3)}, r"have the shapes \(2, 4\) and \(3,\); they have to be \[pairs, 4\] and \[pairs\]"),
    ],
)
def test_bad_arguments_are_refused(poles, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.imitation(**{"environment": poles, "observations": np.zeros((2, 4)), "actions": [0, 1], **arguments})


def test_without_gymnax_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnax", None)
    with pytest.raises(ImportError, match=r"install it with `pip install 'gangame\[rl\]'`"):
        games.environment()


def test_unknown_tasks_are_refused():
    with pytest.raises(ValueError, match="name is 'Pong'; it has to be one of CartPole-v1, MountainCar-v0, Acrobot-v1"):
        games.environment("Pong")
