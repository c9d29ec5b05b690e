"""The Jacobian of one whole step of a rule, and with it the rate at which the rule converges near a point."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jax.tree_util import Partial

from gangame.analysis.krylov import dense_eigenpairs, eigenpairs
from gangame.core import Array, Game, Key, Players, State, UpdateRule, portable, portable_rule


class LocalRate(NamedTuple):
    """How fast a rule converges near a point, or leaves it.

    Attributes:
      radius: spectral radius of the Jacobian of one step; below 1 the distance to the point shrinks by it per step in
        the long run, above 1 it grows. NaN where the step has no derivative.
      residual: ‖M u − λ u‖ of the eigenpair with this radius, per step; the smaller, the surer.
      settled: whether the whole spectrum was seen, or else a smaller Krylov space gave the same radius.
      displacement: how far the step moves the players themselves, Euclidean. The radius is a rate only where this is
        about 0: at a point that the rule leaves in place.
      nonlinearity: how far the step is from its linear part at a distance of eps^(1/3) in a random direction, relative
        to that distance. About 0 where the step is smooth; a step with a kink at the point, such as Adam's or that of
        a least-squares fit to residuals which all vanish there, has no local rate.
    """

    radius: float
    residual: float
    settled: bool
    displacement: float
    nonlinearity: float


def step_map(
    rule: UpdateRule,
    game: Game,
    players: Players,
    *,
    state: State | None = None,
    key: Key | None = None,
    num_steps: int = 1,
    settle: int = 1,
) -> tuple[Callable[[Array], Array], Array]:
    """Returns what `num_steps` steps do to the vector of all real numbers in players and state, and that vector.

    Counters, flags and keys in the state are held. All steps use one and the same key, so on a game with randomness
    this is the map on one sample.

    Args:
      rule: the update rule.
      game: the game.
      players: the point.
      state: the rule's state there; by default that of `settle` steps from its `init`, with the players put back to
        the point, by which time conventions about the first step are over.
      key: from which samples are drawn; key 0 by default.
      num_steps: how many steps make one, such as the period of a lookahead; 1 or more.
      settle: how many steps the default state has behind it, 0 or more.

    Returns:
      The map from vectors `[m]` to vectors `[m]`, and the point as such a vector: first the players, in the order of
      `ravel_pytree(players)`, then the state.

    Raises:
      ValueError: a number outside its range, or what the rule says of players that it cannot move.

    Source: Mescheder, Nowozin, Geiger, "The Numerics of GANs", 2017, https://arxiv.org/abs/1705.10461, for training as
    a fixed-point iteration of such a map.

    Example:
      >>> import optax
      >>> from gangame import games, rules
      >>> game = games.bilinear()
      >>> step, point = step_map(rules.simultaneous(optax.sgd(0.5, momentum=0.9)), game, {"x": 1.0, "y": 0.0})
      >>> print(step(point))  # x, y and the momentum of each, which one step has left at 0 and −1
      [ 1.    0.95  0.   -1.9 ]
    """
    return _step_map(_place(rule, game, players, state, key, num_steps, settle))


def update_matrix(
    rule: UpdateRule,
    game: Game,
    players: Players,
    *,
    state: State | None = None,
    key: Key | None = None,
    num_steps: int = 1,
    settle: int = 1,
) -> Array:
    """Returns the exact Jacobian of one whole step of any rule, its state included, `[m, m]`; for small games.

    At a point that the rule leaves in place, the largest modulus of its eigenvalues is the local rate: the distance to
    the point shrinks by it in each step in the long run, and the rule is locally stable where it is below 1. Rows and
    columns are in the order of `step_map`.

    Args:
      rule: the update rule.
      game: the game.
      players: the point.
      state: as in `step_map`.
      key: as in `step_map`.
      num_steps: as in `step_map`.
      settle: as in `step_map`.

    Returns:
      The matrix; not finite where the step has no derivative. Compiled once for each rule and kind of game: the game's
      arrays, players, state and key are arguments of the program. jit, vmap and grad go through.

    Raises:
      ValueError: a number outside its range.

    Source: Mescheder et al. 2017, https://arxiv.org/abs/1705.10461, for the local convergence of fixed-point maps.

    Example:
      >>> from gangame import games, rules
      >>> game = games.bilinear()
      >>> print(update_matrix(rules.simultaneous(0.5), game, game.equilibrium))
      [[ 1.  -0.5]
       [ 0.5  1. ]]
    """
    return _matrix(_place(rule, game, players, state, key, num_steps, settle))


def spectral_radius(matrix: Array) -> Array:
    """Returns the largest modulus of the eigenvalues of a square matrix, on the CPU.

    Args:
      matrix: `[m, m]`, finite.

    Source: Mescheder et al. 2017, https://arxiv.org/abs/1705.10461: of the Jacobian of a step, it is the rate at which
    the step converges to a fixed point, where it is below 1.

    Example:
      >>> print(spectral_radius(jnp.array([[0.0, 4.0], [-1.0, 0.0]])).round(4))
      2.0
    """
    return jnp.max(jnp.abs(jnp.linalg.eigvals(matrix)))


def local_rate(
    rule: UpdateRule,
    game: Game,
    players: Players,
    *,
    state: State | None = None,
    key: Key | None = None,
    num_steps: int = 1,
    settle: int = 1,
    dense_below: int = 500,
    max_size: int = 512,
) -> LocalRate:
    """The rate per step at which a rule converges to a point or leaves it: the spectral radius of its update matrix.

    The rate is that of the map at the state in which the rule is: one whose steps change with a count, such as a
    spring to a uniform mean, is judged by the step that stands there, and slows down later.

    Large games never form the matrix: its dominant eigenvalue comes from products with single vectors, by Arnoldi.

    Args:
      rule: the update rule.
      game: the game.
      players: the point, one that the rule leaves in place; look at `displacement`.
      state: as in `step_map`.
      key: as in `step_map`.
      num_steps: how many steps make one, such as the period of a lookahead, 1 or more; the rate is still that of a
        single step.
      settle: as in `step_map`.
      dense_below: up to how many numbers in players and state the matrix is formed, 0 or more; 0 never forms it.
      max_size: largest dimension of the Krylov space, 1 or more.

    Returns:
      The rate, and what tells whether it is one; numbers on the host.

    Raises:
      ValueError: a number outside its range, or a large game whose products are not finite.
      ImportError: the game is large and matfree is not installed.

    Source: Mescheder et al. 2017, https://arxiv.org/abs/1705.10461, for the local convergence of fixed-point maps.

    Example:
      >>> from gangame import games, rules
      >>> game = games.bilinear()
      >>> round(local_rate(rules.simultaneous(0.5), game, game.equilibrium).radius, 4)  # √(1 + 0.5²)
      1.118
    """
    place = _place(rule, game, players, state, key, num_steps, settle)
    displacement, nonlinearity = map(float, _probe(place))
    nothing = LocalRate(float("nan"), float("nan"), True, displacement, nonlinearity)
    if np.isnan(nonlinearity):  # the slope in a random direction is not finite
        return nothing
    point = jax.eval_shape(_point, place)
    if point.size <= dense_below:
        matrix = np.asarray(_matrix(place))
        if not np.isfinite(matrix).all():
            return nothing
        pairs = dense_eigenpairs(matrix)
    else:
        start = jax.random.normal(jax.random.key(0), point.shape, point.dtype)
        pairs = eigenpairs(Partial(_product, place), start, 1, ("largest_modulus",), max_size=max_size)
    largest = np.argmax(np.abs(pairs.values))
    radius = float(np.abs(pairs.values[largest]))
    # By the chain rule a change of radius^k is one of the radius times k · radius^(k−1).
    stretch = radius ** (1 / num_steps - 1) / num_steps if radius > 0 else 1.0
    residual = float(pairs.residuals[largest]) * stretch
    return LocalRate(radius ** (1 / num_steps), residual, pairs.settled, displacement, nonlinearity)


@jax.tree_util.register_static
@dataclass(frozen=True)
class _Counts:
    """Numbers of steps, which are part of a program and no arguments of it."""

    num_steps: int
    settle: int


class _Place(NamedTuple):
    """Where a step is taken, and how: the argument of the programs below, which are compiled once for each rule.

    Compiled here, unlike in most of the library, since what surrounds them runs on the host.
    """

    rule: UpdateRule
    game: Game
    players: Players
    state: State | None
    key: Key
    counts: _Counts


def _place(
    rule: UpdateRule, game: Game, players: Players, state: State | None, key: Key | None, num_steps: int, settle: int
) -> _Place:
    if num_steps < 1 or settle < 0:
        raise ValueError(f"num_steps is {num_steps} and settle is {settle}; they have to be 1 or more and 0 or more.")
    key = jax.random.key(0) if key is None else key
    players = jax.tree.map(jnp.asarray, players)
    rule = portable_rule(rule)
    return _Place(rule, portable(game), players, state, key, _Counts(num_steps, settle))


def _step_map(place: _Place) -> tuple[Callable[[Array], Array], Array]:
    rule, game, players, state, key, counts = place
    if state is None:
        state = rule.init(players)
        for _ in range(counts.settle):
            _, state = rule.update(game, players, state, key)
    leaves, structure = jax.tree.flatten((players, state))
    moving = [jnp.issubdtype(jnp.result_type(leaf), jnp.floating) for leaf in leaves]

    def vector_of(leaves: list[Array]) -> tuple[Array, Callable]:
        return ravel_pytree([leaf for leaf, moves in zip(leaves, moving, strict=True) if moves])

    flat, unravel = vector_of(leaves)

    def step(vector: Array) -> Array:
        moved = iter(unravel(vector))
        now, state = jax.tree.unflatten(
            structure, [next(moved) if moves else leaf for leaf, moves in zip(leaves, moving, strict=True)]
        )
        for _ in range(counts.num_steps):
            now, state = rule.update(game, now, state, key)
        return vector_of(jax.tree.leaves((now, state)))[0]

    return step, flat


def _point(place: _Place) -> Array:
    return _step_map(place)[1]


def _product(place: _Place, vector: Array) -> Array:
    step, flat = _step_map(place)
    return jax.jvp(step, (flat,), (vector,))[1]


@jax.jit
def _matrix(place: _Place) -> Array:
    step, flat = _step_map(place)
    return jax.jacfwd(step)(flat)


@jax.jit
def _probe(place: _Place) -> tuple[Array, Array]:
    """Returns how far a step moves the players, and how far it is from its linear part; see `LocalRate`."""
    step, flat = _step_map(place)
    num_moving = ravel_pytree(place.players)[0].size
    direction = jax.random.normal(jax.random.key(1), flat.shape, flat.dtype)
    direction = direction / jnp.linalg.norm(direction)
    distance = float(jnp.finfo(flat.dtype).eps) ** (1 / 3)
    image, slope = jax.jvp(step, (flat,), (direction,))
    deviation = (step(flat + distance * direction) - image) / distance - slope
    scale = jnp.maximum(jnp.linalg.norm(slope), 1)
    return jnp.linalg.norm((image - flat)[:num_moving]), jnp.linalg.norm(deviation) / scale
