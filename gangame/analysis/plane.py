"""Games of two scalars, which can be drawn."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from gangame.analysis.freeze import sample_of
from gangame.calculus import field
from gangame.core import Array, Batch, Game, Players


def axes_of(
    game: Game, names: tuple[str, str] | None = None
) -> tuple[tuple[str, str], Callable[[Array], Players], Callable[[Players], Array]]:
    """Returns the names of both players, and the maps from points `[2]` of the plane to players and back.

    Args:
      game: the game, of two players with one number each.
      names: who is on the horizontal and who on the vertical axis; by default in the order of the names.

    Raises:
      ValueError: the game has not two players of one number each.
    """
    template = jax.eval_shape(game.init, jax.random.key(0))
    sizes = {name: sum(leaf.size for leaf in jax.tree.leaves(own)) for name, own in template.items()}
    if sorted(sizes.values()) != [1, 1]:
        raise ValueError(f"The sizes of the players are {sizes}; a plane needs two players of one number each.")
    first, second = names or template

    def players_at(point: Array) -> Players:
        return {
            name: jax.tree.map(lambda leaf, i=i: jnp.full(leaf.shape, point[i], leaf.dtype), template[name])
            for i, name in enumerate((first, second))
        }

    def point_of(players: Players) -> Array:
        return jnp.concatenate([ravel_pytree(players[name])[0] for name in (first, second)])

    return (first, second), players_at, point_of


def on_grid(function: Callable[[Array], Array], horizontal: Array, vertical: Array) -> Array:
    """Returns a function of points `[2]` at all points of a grid, `[vertical, horizontal, ...]`."""
    points = jnp.stack(jnp.meshgrid(jnp.asarray(horizontal), jnp.asarray(vertical)), axis=-1)
    return jax.vmap(jax.vmap(function))(points)


def field_on_grid(
    game: Game, horizontal: Array, vertical: Array, batch: Batch = None, names: tuple[str, str] | None = None
) -> Array:
    """Returns v of a game of two scalars on a grid, `[vertical, horizontal, 2]`; the rest as in `axes_of`."""
    _, players_at, point_of = axes_of(game, names)
    batch = sample_of(game, batch)
    return on_grid(lambda point: point_of(field(game)(players_at(point), batch)), horizontal, vertical)
