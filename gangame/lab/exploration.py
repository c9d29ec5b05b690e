"""What the explorer shows of a rule at a game of two scalars: one compiled program for each pair of them.

Step size, starting point and the numbers of the rule (a strength, a momentum) are arguments of the program, so that a
slider moves without compiling anything.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame import analysis
from gangame.analysis.plane import axes_of, field_on_grid, on_grid
from gangame.calculus import jacobian
from gangame.core import Array, Game, Key, Players, UpdateRule
from gangame.games import GAMES
from gangame.lab import spec, views
from gangame.lab.closed_forms import RADII
from gangame.lab.period import period_of
from gangame.lab.spec import Spec, UserError
from gangame.play import play, start
from gangame.rules import RULES, make

PLANES = (
    "bilinear",
    "quadratic:matrix=[[0.3,1.0],[-1.0,0.3]]",
    "dirac",
    "dirac:cost=non_saturating",
    "dirac:cost=wasserstein",
    "dirac:penalty=r1,strength=0.3",
    "dirac:noise=0.7",
    "ridge:function=f1",
    "ridge:function=f2",
    "ridge:function=f3",
    "tandem",
    "hamiltonian_game",
    "market",
    "cobweb",
    "noisy_bilinear",
    "linear_quadratic_gan",
    "ttur_toy",
)
"""Games that the explorer offers."""

NUM_STEPS = 400
BOUND = 2.5
"""The plane that is shown reaches from minus this to this."""
NUM_ARROWS = 17


class Subject(NamedTuple):
    """A rule at a game of two scalars.

    Attributes:
      game: the game.
      names: the players on the horizontal and on the vertical axis.
      rule: the name of the rule.
      period: how many steps of it make one turn of what it does.
      numbers: the rule's arguments that are numbers, with their defaults.
      frequency: σ where the Jacobian at the equilibrium is [[0, ±σ], [∓σ, 0]], else `None`.
      program: compiled; see `look`.
    """

    game: Game
    names: tuple[str, str]
    rule: str
    period: int
    numbers: dict[str, float]
    frequency: float | None
    program: Callable[..., dict[str, Array]]


class Look(NamedTuple):
    """What there is to see at one setting of the sliders.

    Attributes:
      path: `[NUM_STEPS + 1, 2]`, the trajectory, start included.
      distance: `[NUM_STEPS + 1]`, from the point of reference.
      reference: `[2]`, the equilibrium, or where none is known the last point.
      eigenvalues: of the matrix of one step at the point of reference, by falling modulus; of the player's and of the
        rule's own memory. Empty where the point or the matrix is not finite.
      radius: their largest modulus, per step.
      closed_form: the same from the literature's formula, where there is one.
      measured: the factor per step over the second half of the trajectory; NaN where it has arrived or left.
    """

    path: np.ndarray
    distance: np.ndarray
    reference: np.ndarray
    eigenvalues: np.ndarray
    radius: float
    closed_form: float | None
    measured: float


def game_of(text: str) -> Game:
    """Returns the game that a text such as "dirac:penalty=r1" stands for, if its players are two scalars.

    Raises:
      UserError: there is no such game, or its players are not two scalars.
    """
    game = spec.build(spec.parse(text, GAMES, "game"), GAMES)
    if not is_plane(game):
        raise UserError(f"The explorer shows games of two scalars, and {text!r} is none; try {', '.join(PLANES)}.")
    return game


def is_plane(game: Game) -> bool:
    """Returns whether a game has two players of one scalar each."""
    return views.view_of(game).kind == "plane"


def names_of(game: Game) -> tuple[str, str]:
    """Returns who is on the horizontal and who on the vertical axis: the generator before the discriminator."""
    first, second = sorted(jax.eval_shape(game.init, jax.random.key(0)))
    return (second, first) if "generator" in (first, second) else (first, second)


def numbers_of(rule: str) -> dict[str, float]:
    """Returns the arguments of a rule that are numbers and may be moved, with their defaults.

    Example:
      >>> numbers_of("simultaneous")
      {}
    """
    parameters = list(inspect.signature(RULES[rule]).parameters.values())[1:]
    return {each.name: each.default for each in parameters if isinstance(each.default, float)}


def rules_for(game: Game) -> list[str]:
    """Returns the names of the rules that play a game."""
    game = game._replace(losses=jax.jit(game.losses))  # traced once for all rules

    def plays(name: str) -> bool:
        try:
            jax.eval_shape(lambda key: _step(game, make(name, 0.1), key), jax.random.key(0))
        except (ValueError, TypeError):
            return False
        return True

    return [name for name in RULES if plays(name)]


def _step(game: Game, rule: UpdateRule, key: Key) -> Players:
    run = start(game, rule, key)
    return rule.update(game, run.players, run.state, key)[0]


def subject(game: Game, rule: str) -> Subject:
    """Returns a rule at a game, with a program that compiles when `look` first calls it."""
    names, players_at, point_of = axes_of(game, names_of(game))
    key, period = jax.random.key(0), period_of(Spec(rule, {}))

    def program(learning_rate: Array, point: Array, numbers: dict[str, Array]) -> dict[str, Array]:
        made = make(rule, learning_rate, **numbers)
        run = play(game, made, key, NUM_STEPS, lambda players, key: point_of(players), players=players_at(point))
        path = jnp.concatenate([point[None], run.records])
        reference = path[-1] if game.equilibrium is None else point_of(game.equilibrium)
        matrix = analysis.update_matrix(made, game, players_at(reference), num_steps=period)
        return {"path": path, "reference": reference, "matrix": matrix}

    return Subject(game, names, rule, period, numbers_of(rule), _frequency(game), jax.jit(program))


def _frequency(game: Game) -> float | None:
    if game.equilibrium is None:
        return None
    J = np.asarray(jacobian(game, game.equilibrium, game.sample(jax.random.key(0))))
    sigma = abs(J[0, 1])
    return float(sigma) if np.allclose(J, [[0, J[0, 1]], [-J[0, 1], 0]], atol=1e-6) and sigma > 0 else None


def look(
    subject: Subject, learning_rate: float, point: tuple[float, float], numbers: Mapping[str, float] | None = None
) -> Look:
    """Returns what there is to see at one setting.

    Args:
      subject: the rule at a game.
      learning_rate: the step size η, 0 or more.
      point: where the trajectory starts, horizontal and vertical.
      numbers: the rule's own numbers that differ from their defaults.

    Raises:
      ValueError: the rule refuses one of the numbers.
    """
    numbers = {**subject.numbers, **(numbers or {})}
    make(subject.rule, learning_rate, **numbers)  # checks while the numbers are concrete
    seen = jax.tree.map(
        np.asarray,
        subject.program(
            jnp.asarray(learning_rate, float),
            jnp.asarray(point, float),
            {name: jnp.asarray(number, float) for name, number in numbers.items()},
        ),
    )
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is a result
        distance = np.linalg.norm(seen["path"] - seen["reference"], axis=1)
    eigenvalues = np.zeros(0, complex)
    if np.isfinite(seen["matrix"]).all():
        eigenvalues = np.linalg.eigvals(seen["matrix"])
        eigenvalues = eigenvalues[np.argsort(-np.abs(eigenvalues))]
    radius = float(np.abs(eigenvalues[0]) ** (1 / subject.period)) if len(eigenvalues) else float("nan")
    formula = RADII.get(subject.rule) if subject.frequency else None
    return Look(
        seen["path"], distance, seen["reference"], eigenvalues, radius,
        None if formula is None else formula(learning_rate, subject.frequency, **numbers),
        _measured_rate(distance),
    )  # fmt: skip


def _measured_rate(distance: np.ndarray) -> float:
    """Returns the factor per step between the middle of the trajectory and its end, away from rounding and overflow."""
    scale = distance[0] + 1e-300
    (usable,) = np.nonzero((distance > 1e-12 * scale) & (distance < 1e12 * scale))
    if len(usable) < 20 or len(usable) - 1 != usable[-1]:
        return float("nan")
    last = usable[-1]
    return float((distance[last] / distance[last // 2]) ** (1 / (last - last // 2)))


def arrows(game: Game) -> tuple[np.ndarray, np.ndarray]:
    """Returns the points of a grid over the plane, `[n, n, 2]`, and the direction −v in which players go there."""
    line = jnp.linspace(-BOUND, BOUND, NUM_ARROWS)
    return np.asarray(on_grid(lambda point: point, line, line)), -np.asarray(
        field_on_grid(game, line, line, names=names_of(game))
    )


def reference_of(subject: Subject) -> str:
    """Returns what the point of reference is called."""
    return "equilibrium" if subject.game.equilibrium is not None else "last point"


def words(subject: Subject, look: Look) -> list[tuple[str, str, str]]:
    """Returns the numbers of a look in words, each as its label, its value and what it means."""
    where = reference_of(subject)
    radius = "not finite" if np.isnan(look.radius) else f"{look.radius:.5f}"
    # Eigenvalues that coincide are known to the root of eps only, and so is which side of the circle they are on.
    verdict = "neither" if abs(look.radius - 1) < 1e-6 else "attracts" if look.radius < 1 else "repels"
    return [
        ("spectral radius ρ", radius, f"of one step's matrix at the {where}"),
        ("closed form", "none" if look.closed_form is None else f"{look.closed_form:.5f}", "ρ from the literature"),
        ("measured", "none" if np.isnan(look.measured) else f"{look.measured:.5f}", "factor of the distance per step"),
        ("verdict", "unknown" if np.isnan(look.radius) else verdict, f"the {where}, from ρ"),
        ("distance at the end", f"{look.distance[-1]:.3g}", f"after {NUM_STEPS} steps"),
    ]
