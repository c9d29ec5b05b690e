"""What a run is worth on its way, by what it stands for: its average where the rule keeps one."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gangame.core import Array, Game, Key, Players, PyTree, UpdateRule
from gangame.games import generate
from gangame.metrics import mode_coverage
from gangame.play import Run, advance, start
from gangame.rules.averaged import outcome


def followed(
    game: Game,
    rule: UpdateRule,
    key: Key,
    num_steps: int,
    num_records: int,
    look: Callable[[Players, Key], PyTree],
    during: Callable[[Game, Array], Game] = lambda game, passed: game,
) -> tuple[Players, PyTree]:
    """Returns the outcome of a run, and what is seen of the outcome along the way.

    An observer of `play` sees the players; here it is the average that is looked at where the rule keeps one. Pure: jit
    and vmap go through.

    Args:
      game: any.
      rule: the rule.
      key: of the run, and of what is looked at.
      num_steps: how many steps, a multiple of `num_records`.
      num_records: how often to look, at the end for the last time; 1 or more.
      look: `look(players, key) -> record`, any pytree of arrays.
      during: `during(game, passed) -> game`, what is played from one look to the next, when the share `passed` of the
        run is over, from 0 up to 1; the game itself by default.

    Returns:
      The players, averaged where the rule averages, and the records, stacked along a first axis of `num_records`.

    Raises:
      ValueError: `num_records` does not divide `num_steps`.
    """
    if num_records < 1 or num_steps < num_records or num_steps % num_records:
        raise ValueError(f"num_steps is {num_steps}; it has to be a multiple of num_records, {num_records}, above 0.")

    def stretch(run: Run, passed_and_key: tuple[Array, Key]) -> tuple[Run, PyTree]:
        passed, key = passed_and_key
        run = advance(during(game, passed), rule, run, num_steps // num_records)
        return run, look(outcome(run.players, run.state), key)

    key_run, key_looks = jax.random.split(key)
    stretches = jnp.linspace(0, 1, num_records, endpoint=False), jax.random.split(key_looks, num_records)
    run, records = jax.lax.scan(stretch, start(game, rule, key_run), stretches)
    return outcome(run.players, run.state), records


def covered(
    game: Game,
    rule: UpdateRule,
    key: Key,
    num_steps: int,
    num_records: int = 20,
    num_samples: int = 2500,
    during: Callable[[Game, Array], Game] = lambda game, passed: game,
) -> tuple[Players, dict[str, Array]]:
    """Returns the outcome of a run on a mixture, and the coverage of the outcome along the way.

    Pure: jit and vmap go through; see `followed`.

    Args:
      game: one that `games.mixture` makes.
      rule: the rule.
      key: of the run, and of the samples that are looked at.
      num_steps: how many steps, a multiple of `num_records`.
      num_records: how often to look, at the end for the last time; 1 or more.
      num_samples: how many samples to look at.
      during: what is played on the way, see `followed`.

    Returns:
      The players, averaged where the rule averages, and `modes`, `high_quality` and `reverse_kl`, see
      `metrics.mode_coverage`, `[num_records]` each.

    Raises:
      ValueError: `num_records` does not divide `num_steps`.

    Example:
      >>> import jax
      >>> from gangame import games, rules
      >>> game = games.mixture(hidden=(4,), discriminator_hidden=(4,), batch_size=8)
      >>> _, records = covered(game, rules.simultaneous(0.1), jax.random.key(0), 4, num_records=2)
      >>> sorted(records), records["modes"].shape
      (['high_quality', 'modes', 'reverse_kl'], (2,))
    """
    data = game.sample.data  # type: ignore[attr-defined]

    def look(players: Players, key: Key) -> dict[str, Array]:
        found = mode_coverage(generate(game, players, key, num_samples), data.centers, data.std)
        return {name: found[name] for name in ("modes", "high_quality", "reverse_kl")}

    return followed(game, rule, key, num_steps, num_records, look, during)
