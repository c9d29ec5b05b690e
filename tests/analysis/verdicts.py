"""Does a verdict come true? Prints the cases and the hit rate: `python tests/analysis/verdicts.py`."""

import functools
import itertools
import sys
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jax.tree_util import Partial
from scipy.optimize import root

from gangame import analysis, calculus, games, rules
from gangame.core import Game, Players, UpdateRule, portable
from gangame.games.dirac import COSTS

KEY = jax.random.key(0)
DECISIVE = 1e-3  # a radius closer to 1 decides nothing in a run of a few thousand steps
DISTANCE = 1e-7  # of the start from the point, so that terms beyond the linear ones are as small against it


class Case(NamedTuple):
    """A game at a point, and a rule by its arguments for `rules.make`."""

    label: str
    game: Game
    point: Players
    rule: str
    rate: Any
    arguments: dict
    period: int = 1

    def make(self):
        """The rule, with the rate as its leaf: so programs are compiled once for all rates, and all games of a kind."""
        return UpdateRule(
            *(Partial(part, jnp.asarray(self.rate)) for part in parts_of(self.rule, *self.arguments.items()))
        )


@functools.cache
def parts_of(name, *arguments):
    """Both functions of a rule, with the rate as the first argument of each."""

    def init(rate, players):
        return rules.make(name, rate, **dict(arguments)).init(players)

    def update(rate, game, players, state, key):
        return rules.make(name, rate, **dict(arguments)).update(game, players, state, key)

    return init, update


class Outcome(NamedTuple):
    """What was said, and what happened then."""

    label: str
    verdict: analysis.Verdict
    factor: float

    @property
    def decisive(self):
        return self.verdict.outcome in ("converges", "diverges") and abs(self.verdict.radius - 1) > DECISIVE

    @property
    def right(self):
        return (self.factor < 1) == (self.verdict.outcome == "converges")


def dirac_cases():
    """Dirac-GANs with all costs and penalties, at the origin."""
    penalties = [("none", 0.0), ("r1", 0.3), ("r2", 1.0), ("r1", 1.5)]
    for cost, (penalty, strength) in itertools.product(COSTS, penalties):
        game = games.dirac(cost, penalty=penalty, strength=strength)
        for rule, rate in (("simultaneous", 0.4), ("alternating", 0.4)):
            yield Case(f"Dirac {cost} {penalty} {strength}", game, game.equilibrium, rule, rate, {})
    noisy = games.dirac(noise=0.7)
    yield Case("Dirac with instance noise", noisy, noisy.equilibrium, "simultaneous", 0.4, {})


def quadratic_cases():
    """Linear-quadratic games, with rates on both sides of what is stable."""
    kinds = (("zero_sum", 2, 0), ("zero_sum", 2, 1), ("potential", 3, 2), ("random", 3, 3), ("random", 3, 4))
    for kind, players, seed in kinds:
        game = games.quadratic(kind, players=players, size=2, seed=seed)
        point = jax.tree.map(jnp.zeros_like, game.init(KEY))
        for rule, rate in (("simultaneous", 0.1), ("simultaneous", 1.5), ("alternating", 0.8)):
            yield Case(f"quadratic {kind} {seed}", game, point, rule, rate, {})


def regularised_gan(seed, decay):
    """A small GAN with weight decay, which makes its stationary points isolated, on one sample."""
    game = games.mixture(
        modes=2, radius=1.0, std=0.3, hidden=(3,), discriminator_hidden=(3,), activation="tanh", gain=1.4,
        input_scale=1.0, batch_size=32, latent_dim=2,
    )  # fmt: skip
    still = analysis.freeze(game, game.sample(jax.random.key(seed)))
    return still._replace(losses=Partial(decaying, still.losses, jnp.asarray(decay)))


def decaying(inner, decay, players, batch):
    """Losses with weight decay."""
    squares = {name: sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(own)) for name, own in players.items()}
    return {name: loss + decay / 2 * squares[name] for name, loss in inner(players, batch).items()}


def stationary(game, seed):
    """A point where v is 0, by Newton's method from a random start, or `None` where that fails."""
    batch = game.sample(KEY)
    start, unravel = ravel_pytree(game.init(jax.random.key(seed)))
    v = functools.partial(field_and_jacobian, portable(game), batch, unravel)
    found = root(lambda w: [np.asarray(part) for part in v(w)], np.asarray(start), jac=True, tol=1e-13)
    return unravel(jnp.asarray(found.x)) if np.abs(v(found.x)[0]).max() < 1e-11 else None


@functools.partial(jax.jit, static_argnames="unravel")
def field_and_jacobian(game, batch, unravel, w):
    """v as a vector, and J."""
    return ravel_pytree(calculus.field(game)(unravel(w), batch))[0], calculus.jacobian(game, unravel(w), batch)


def gan_cases():
    """Small MLP GANs near stationary points that were found."""
    for seed, decay in enumerate((0.02, 0.02, 0.2, 0.2)):
        game = regularised_gan(seed, decay)
        point = stationary(game, seed)
        if point is not None:
            for rule, rate in (("simultaneous", 0.5), ("simultaneous", 40.0), ("alternating", 2.0)):
                yield Case(f"MLP GAN {seed}, decay {decay}", game, point, rule, rate, {})


@jax.jit
def distance(rule, game, point, num_steps):
    """How far players are from a point after a number of steps from nearby."""
    flat, unravel = ravel_pytree(point)
    push = jax.random.normal(jax.random.key(7), flat.shape)

    def apart(players):
        return jnp.linalg.norm(ravel_pytree(players)[0] - flat)

    def goes_on(carry):
        # Far below the distance of the start all is said, and soon rules that divide by squares would underflow.
        step, players, _ = carry
        return (step < num_steps) & (apart(players) > 1e-6 * DISTANCE)

    def move(carry):
        step, players, state = carry
        return step + 1, *rule.update(game, players, state, KEY)

    players = unravel(flat + DISTANCE * push / jnp.linalg.norm(push))
    return apart(jax.lax.while_loop(goes_on, move, (0, players, rule.init(players)))[1])


def observe(case, radius):
    """The factor by which the distance changes in a run that is long enough for the long run to show."""
    # A factor of e⁸ beats the transient growth that a matrix far from normal may have.
    num_steps = int(min(np.ceil(8 / max(abs(np.log(radius)), 8e-4)), 10_000)) if radius > 0 else 100
    num_steps = -(-num_steps // case.period) * case.period
    ratio = float(distance(case.make(), portable(case.game), case.point, num_steps)) / DISTANCE
    return ratio if np.isfinite(ratio) else np.inf


def outcomes(cases):
    """The outcomes of all cases."""
    for case in cases:
        table = analysis.verdict(
            case.game, case.point, {case.rule: case.make()}, periods={case.rule: case.period}, dense_below=2000
        )
        yield Outcome(f"{case.label}, {case.rule} {case.rate}", table[1], observe(case, table[1].radius))


def rule_cases():
    """Every rule of the catalogue that plays a game of two scalars, on the Dirac-GAN with a weak penalty."""
    game = games.dirac(penalty="r1", strength=0.3)
    own = {name: {"rate": 0.2} for name in ("opponent_lookahead", "lola", "stable_opponent_shaping")}
    own["opponent_replay"] = {"capacity": 1, "every": 3}  # of more points one is drawn, and no matrix tells of that
    periods = {"lookahead": 5, "opponent_replay": 3}
    for name in rules.RULES:
        if name not in ("simultaneous", "alternating", "variance_reduced"):  # the last is for finite sums
            arguments, period = own.get(name, {}), periods.get(name, 1)
            yield Case("Dirac minimax r1 0.3", game, game.equilibrium, name, 0.2, arguments, period)


def cheap_cases():
    """A few kinds of games and rules, each with many rates and strengths, so that little is compiled."""
    for cost in COSTS:
        kind = games.dirac(cost, penalty="r1")
        for strength, rate in itertools.product((0.0, 0.3, 1.5), (0.2, 1.0, 3.0)):
            game = alike(kind, games.dirac(cost, penalty="r1", strength=strength))
            for rule in ("simultaneous", "alternating") if cost == "minimax" else ("simultaneous",):
                yield Case(f"Dirac {cost} r1 {strength}", game, game.equilibrium, rule, rate, {})
    kind = games.quadratic("zero_sum", size=2)
    for seed, rule, rate in itertools.product((0, 1, 2), ("simultaneous", "extragradient"), (0.1, 1.5)):
        game = alike(kind, games.quadratic("zero_sum", size=2, seed=seed))
        yield Case(f"quadratic zero_sum {seed}", game, game.equilibrium, rule, rate, {})
    game = regularised_gan(0, 0.02)
    point = stationary(game, 0)
    for rate in (0.5, 2.0, 40.0):
        yield Case("MLP GAN 0, decay 0.02", game, point, "simultaneous", rate, {})


def alike(kind, game):
    """The game with its own numbers and the functions of another one of its kind, so that it compiles nothing new."""
    return jax.tree.unflatten(jax.tree.structure(portable(kind)), jax.tree.leaves(portable(game)))


def all_cases():
    yield from dirac_cases()
    yield from quadratic_cases()
    yield from gan_cases()
    yield from rule_cases()


def main():
    results = []
    cases = {"rules": rule_cases, "cheap": cheap_cases, "all": all_cases}[sys.argv[1] if len(sys.argv) > 1 else "all"]
    for outcome in outcomes(cases()):
        results.append(outcome)
        said, radius = outcome.verdict.outcome, outcome.verdict.radius
        mark = "-" if not outcome.decisive else ("right" if outcome.right else "WRONG")
        print(f"{outcome.label:58} {said:10} {radius:9.5f} {outcome.factor:10.2e} {mark}", flush=True)
    decisive = [outcome for outcome in results if outcome.decisive]
    right = sum(outcome.right for outcome in decisive)
    print(f"{right} of {len(decisive)} decisive cases right ({right / len(decisive):.1%}), {len(results)} cases in all")


if __name__ == "__main__":
    with jax.enable_x64(True):
        main()
