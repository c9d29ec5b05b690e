"""How many trajectories of an expert does GAIL need on CartPole, and how many does cloning (slides 33, 72)?

    python experiments/imitation.py            half an hour on one busy core; needs gymnax, `pip install -e '.[rl]'`

A cart balances a pole for 200 steps, or lets it fall. An expert is trained by REINFORCE on the true reward, one for
each step that the pole stands. From 1, 4, 7 or 10 of its trajectories, of which every tenth pair of state and action is
shown, as in Ho and Ermon (2016, https://arxiv.org/abs/1606.03476), two learn what to do:

    cloning    behavioural cloning: maximum likelihood of the actions, on 70 % of the pairs; of all points along the way
               the one that is best on the other 30 %
    GAIL       `games.imitation`: the policy walks, and a discriminator tells its pairs from the expert's

Both policies are perceptrons of 32-32 tanh; GAIL plays 300 alternating steps of Adam, at 0.003 for the policy and 0.01
for the discriminator, on 32 trajectories each. The published one has 300 steps of 5,000 pairs or more, and these 6,400;
ours learn by REINFORCE with a baseline and Adam in place of TRPO and a network of values, from −log D in place of log(1
− D) where a row does not say "minimax", in episodes of one length (see below). The two rates were chosen among five on
three other seeds of GAIL from one trajectory. Returns are the mean of 50 episodes, in which actions are drawn, or the
likelier is taken ("greedy").

Controls: GAIL from one trajectory by the published cost, and under two other rules; and no expert at all. There the
discriminator never learns, and its reward −log(1 − D) is nearly the same everywhere; what a policy learns from it where
episodes end when the pole falls is what their length leaks.

What one should see (this command, 2026-11-30, two shared cores of a Xeon with AVX-512, beside other work): the expert's
pole stands for all of 200 steps in all 70 trajectories, and, as means over seven seeds with 95 % intervals, published
ones beside them,

                        drawn                    greedy                   published
    cloning, 1 shown     86.1 (31.4 to 140.7)     99.6 (48.4 to 150.8)     71.9
             4          171.9 (145.8 to 198.1)   187.3 (169.2 to 205.5)   169.0
             7          177.3 (147.4 to 207.2)   181.4 (145.5 to 217.4)   188.6
            10          198.7 (197.4 to 199.9)   200.0                    177.2
    GAIL,    1 shown    185.3 (149.5 to 221.2)   188.0 (158.7 to 217.3)   200
             4          200.0                    200.0                    200
             7          200.0                    200.0                    200
            10          199.1 (196.9 to 201.3)   200.0                    200

    GAIL from one: minimax 199.4 (197.9 to 200.9), simultaneous 200.0, prediction of D 196.3 (187.1 to 205.4), all
    greedy 200.0; no expert: 12.0 (9.1 to 14.9), and until it falls 153.9 (112.9 to 195.0)

So the published table holds for cloning, and for GAIL but for one seed: from one trajectory by −log D six of seven
seeds stand for 195 steps or more at the end, and one for 97; by the published cost, and under simultaneous steps, all
seven do. Returns still go up and down along the way, so that this is no order of costs or rules. What is won without
any expert says why episodes have one length: where they end when the pole falls, a discriminator that has never learned
teaches a policy to stand for 154 steps, more than cloning does from one trajectory; in episodes of one length, for 12.
"""

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import games, rules
from gangame.core import Array, Game, Key, Players, UpdateRule
from gangame.games.trajectories import Start, draw_starts, expected_cost
from gangame.lab import experiment
from gangame.lab.gan_rules import smooth_adam
from gangame.lab.intervals import written
from gangame.metrics import mean_interval, wilson

EVERY = 10  # of the steps of a trajectory, one is shown
NUM_RECORDS = 20
NUM_EPISODES = 50
NEARLY = 195 / 200  # of the horizon, which gym calls solved
KINDS = ("drawn", "greedy")
METHODS = ("cloning", "GAIL")
RULES: dict[str, Callable[[Any], UpdateRule]] = {
    "simultaneous": rules.simultaneous,
    "prediction of D": rules.prediction,
}


@dataclasses.dataclass(frozen=True)
class Config:
    """How much there is to see, and how long everybody learns."""

    trajectories: tuple[int, ...] = experiment.option((1, 4, 7, 10), "of the expert, each 1 or more")
    num_steps: int = experiment.option(300, f"steps of GAIL, a multiple of {NUM_RECORDS}")
    cloning_steps: int = experiment.option(2000, f"steps of cloning, a multiple of {NUM_RECORDS}")
    expert_steps: int = experiment.option(100, "steps of the expert's own learning, 1 or more")
    horizon: int = experiment.option(200, f"steps of a trajectory, a multiple of {EVERY}")
    batch_size: int = experiment.option(32, "trajectories at each step of GAIL, 2 or more")
    hidden: int = experiment.option(32, "width of both hidden layers, 1 or more")
    learning_rate: float = experiment.option(0.01, "of Adam, for everybody but the policy in GAIL, above 0")
    policy_rate: float = experiment.option(0.003, "of Adam, for the policy in GAIL, above 0")
    num_seeds: int = experiment.option(7, "2 or more for an interval")
    controls: bool = experiment.option(True, "play other rules and without an expert, too")

    def __post_init__(self):
        """Checks the values."""
        if not self.trajectories or min(*self.trajectories, self.expert_steps, self.hidden) < 1:
            raise ValueError(
                "There has to be a number of trajectories; they, expert_steps and hidden have to be 1 or more."
            )
        for name, step in (("num_steps", NUM_RECORDS), ("cloning_steps", NUM_RECORDS), ("horizon", EVERY)):
            value = getattr(self, name)
            if value < step or value % step:
                raise ValueError(f"{name} is {value}; it has to be a multiple of {step}, above 0.")
        if min(self.batch_size, self.num_seeds) < 2 or not min(self.learning_rate, self.policy_rate) > 0:
            raise ValueError(
                f"batch_size, num_seeds, learning_rate and policy_rate are {self.batch_size}, {self.num_seeds}, "
                f"{self.learning_rate} and {self.policy_rate}; they have to be at least 2 and 2, and above 0."
            )


TINY = Config(
    trajectories=(1,), num_steps=NUM_RECORDS, cloning_steps=NUM_RECORDS, expert_steps=1, horizon=20, batch_size=2,
    hidden=4, num_seeds=2, controls=False,
)  # fmt: skip


def make_game(config: Config, observations: Array, actions: Array, **options: Any) -> Game:
    """Returns GAIL from an expert's pairs."""
    sizes = (config.hidden, config.hidden)
    return games.imitation(
        games.environment(), observations, actions, hidden=sizes, discriminator_hidden=sizes,
        batch_size=config.batch_size, horizon=config.horizon, **options,
    )  # fmt: skip


def nobody() -> tuple[Array, Array]:
    """Returns the pairs of no expert."""
    return jnp.zeros((1, games.environment().num_features)), jnp.zeros(1, int)


def true_reward(game: Game) -> Game:
    """Returns the game of one player, the policy, whom each step costs −1 at which the pole stands."""

    def losses(players: Players, batch: Start) -> dict[str, Array]:
        found, at = game.losses.walked(players, batch), game.losses
        chosen = dataclasses.replace(at, observations=found.observations, actions=found.actions).log_likelihood(players)
        return {"policy": expected_cost(chosen, -found.alive.astype(chosen.dtype), at.discount)}

    return gg.Game(lambda key: {"policy": game.losses.policy.init(key)}, game.sample, losses)


def cloning(game: Game, chosen: Array) -> Game:
    """Returns the game of one player, the policy, who descends −log π(a|s) at some of the expert's pairs, `[pairs]`."""

    def losses(players: Players, batch: None) -> dict[str, Array]:
        del batch
        return {"policy": -jnp.mean(game.losses.log_likelihood(players), where=chosen)}

    return gg.Game(lambda key: {"policy": game.losses.policy.init(key)}, lambda key: None, losses)


def returns(game: Game, players: Players, key: Key) -> dict[str, Array]:
    """Returns for how many steps the pole stands, mean of `NUM_EPISODES`, with drawn and with greedy actions."""
    begun = draw_starts(game.sample.environment, key, 2 * NUM_EPISODES, game.sample.horizon)
    drawn = jnp.arange(2 * NUM_EPISODES) < NUM_EPISODES
    alive = game.losses.walked(players, begun._replace(noise=jnp.where(drawn[:, None], begun.noise, 0))).alive
    return dict(zip(KINDS, jnp.mean(jnp.sum(alive, axis=0).reshape(2, NUM_EPISODES), axis=1), strict=True))


def train_expert(config: Config, key: Key) -> Players:
    """Returns the expert."""
    game = true_reward(make_game(config, *nobody()))
    rule = rules.simultaneous(smooth_adam(config.learning_rate))
    return jax.jit(lambda key: gg.play(game, rule, key, config.expert_steps).players)(key)


def demonstrate(config: Config, expert: Players, key: Key) -> tuple[Array, Array, Array]:
    """Returns every tenth pair of trajectories, from a first one of its own, and how long the pole stands in each.

    Returns:
      Observations `[pairs, features]` and actions `[pairs]`, those of the first trajectory first, and steps
      `[trajectories]`.
    """
    key_start, key_first = jax.random.split(key)
    game, number = make_game(config, *nobody()), max(config.trajectories)
    found = game.losses.walked(expert, draw_starts(game.sample.environment, key_start, number, config.horizon))
    first = jax.random.randint(key_first, (number,), 0, EVERY)
    shown = first[:, None] + EVERY * jnp.arange(config.horizon // EVERY)
    seen, done = (leaf[shown, jnp.arange(number)[:, None]] for leaf in (found.observations, found.actions))
    return seen.reshape(done.size, -1), done.ravel(), jnp.sum(found.alive, axis=0)


def clone(config: Config, observations: Array, actions: Array, key: Key) -> dict[str, Array]:
    """Returns what behavioural cloning comes to, `[]` each."""
    key_split, key_play, key_test = jax.random.split(key, 3)
    game = make_game(config, observations, actions)
    chosen = jax.random.permutation(key_split, len(actions)) < 0.7 * len(actions)

    def look(players: Players, key: Key) -> tuple[Players, Array]:
        del key
        return players, jnp.mean(game.losses.log_likelihood(players), where=~chosen)

    rule = rules.simultaneous(smooth_adam(config.learning_rate))
    every = config.cloning_steps // NUM_RECORDS
    seen, held_out = gg.play(cloning(game, chosen), rule, key_play, config.cloning_steps, look, every).records
    return returns(game, jax.tree.map(lambda leaf: leaf[jnp.argmax(held_out)], seen), key_test)


def imitate(
    config: Config,
    rule: UpdateRule,
    options: dict[str, Any],
    observations: Array,
    actions: Array,
    key: Key,
) -> dict[str, Array]:
    """Returns what GAIL comes to along the way, `[NUM_RECORDS]` each."""
    game = make_game(config, observations, actions, **options)
    return gg.play(game, rule, key, config.num_steps, partial(returns, game), config.num_steps // NUM_RECORDS).records


def methods(config: Config) -> dict[str, Callable]:
    """Returns by their names what learns from observations, actions and a key."""
    adam = {"policy": smooth_adam(config.policy_rate), "discriminator": smooth_adam(config.learning_rate)}
    play = partial(imitate, config)
    alone = partial(play, rules.alternating({**adam, "discriminator": optax.sgd(0.0)}))
    return {
        "cloning": partial(clone, config),
        "GAIL": partial(play, rules.alternating(adam), {}),
        "GAIL, minimax": partial(play, rules.alternating(adam), {"cost": "minimax"}),
        **{f"GAIL, {name}": partial(play, make(adam), {}) for name, make in RULES.items()},
        "no expert, one length": partial(alone, {"cost": "minimax"}),
        "no expert, until it falls": partial(alone, {"cost": "minimax", "fixed_horizon": False}),
    }


def rows(config: Config) -> dict[str, tuple[str, int]]:
    """Returns by its name which method a row has, and from how many trajectories."""
    pairs = [(each, number) for number in config.trajectories for each in METHODS]
    pairs += [(each, min(config.trajectories)) for each in methods(config) if config.controls and each not in METHODS]
    return {f"{each}, {number} shown": (each, number) for each, number in pairs}


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns how long the pole stands: the expert's, and of each row, `[num_seeds(, NUM_RECORDS)]`."""
    key_expert, key_show, key_learn = jax.random.split(key, 3)
    expert, keys = train_expert(config, key_expert), jax.random.split(key_learn, config.num_seeds)
    show = jax.jit(jax.vmap(partial(demonstrate, config), in_axes=(None, 0)))
    observations, actions, stood = show(expert, jax.random.split(key_show, config.num_seeds))
    arrays = {"expert/drawn": stood}
    pairs = config.horizon // EVERY
    for name, (method, number) in rows(config).items():
        learn = jax.jit(jax.vmap(methods(config)[method]))
        learned = learn(observations[:, : number * pairs], actions[:, : number * pairs], keys)
        arrays |= {f"{name}/{kind}": each for kind, each in learned.items()}
        print(name, *(f"{kind} {np.mean(at_end(learned[kind])):.1f}" for kind in KINDS), sep="  ", file=sys.stderr)
    return arrays


def at_end(values: Any) -> np.ndarray:
    """Returns what a row has come to, `[seeds]`."""
    values = np.asarray(values)
    return values[:, -1] if values.ndim == 2 else values


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns how long the pole stands at the end, mean over seeds with 95 % intervals, and in the worst seed."""
    stood = arrays["expert/drawn"]
    found: dict[str, Any] = {"expert": {"mean": stood.mean(), "least": stood.min()}}
    for name in rows(config):
        ends = {kind: at_end(arrays[f"{name}/{kind}"]) for kind in KINDS}
        found[name] = {kind: mean_interval(each) for kind, each in ends.items()}
        found[name]["least"] = {kind: each.min() for kind, each in ends.items()}
        number = int(np.sum(ends["drawn"] >= NEARLY * config.horizon))
        found[name]["seeds with 195 of 200 steps or more"] = (number, *wilson(number, config.num_seeds))
        print(
            f"{name:36}{number} of {config.num_seeds}", *(written(found[name][kind], ".1f") for kind in KINDS),
            sep="  ", file=sys.stderr,
        )  # fmt: skip
    return found


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: how long the pole stands by trajectories, and along the way."""
    figure, axes = experiment.figure(1, 2, (9.5, 3.6))
    for method in METHODS:
        ends = np.array([at_end(arrays[f"{method}, {number} shown/drawn"]) for number in config.trajectories])
        mean, low, high = np.array([mean_interval(each) for each in ends]).T
        axes[0].errorbar(config.trajectories, mean, yerr=[mean - low, high - mean], fmt="o-", capsize=2, label=method)
    axes[0].set(xlabel="trajectories of the expert", ylabel="steps that the pole stands", xticks=config.trajectories)
    steps = config.num_steps // NUM_RECORDS * np.arange(1, NUM_RECORDS + 1)
    for name, (method, number) in rows(config).items():
        if method != "cloning" and number == min(config.trajectories):
            axes[1].plot(steps, arrays[f"{name}/drawn"].mean(axis=0), label=method)
    axes[1].set(xlabel="step")
    for each in axes:
        each.set(ylim=(0, 1.05 * config.horizon))
        each.legend(fontsize=7)
    return {"returns": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
