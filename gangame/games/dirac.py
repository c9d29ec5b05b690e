"""The Dirac-GAN: the smallest GAN, in which one can see why GANs do not converge."""

import dataclasses
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Key, Players, nothing
from gangame.ranges import check_numbers

COSTS = ("minimax", "non_saturating", "wasserstein")
PENALTIES = ("none", "r1", "r2", "gradient")


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class DiracLosses:
    """`losses` of the Dirac-GAN."""

    settings: dict[str, Array]
    cost: str = dataclasses.field(metadata={"static": True})
    penalty: str = dataclasses.field(metadata={"static": True})

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        del batch
        theta, psi, settings = players["generator"], players["discriminator"], self.settings

        def expected(function: Callable[[Array], Array], center: Array) -> Array:
            return jnp.sum(settings["weights"] * function(psi * (center + settings["noise"] * settings["nodes"])))

        value = expected(self._f, theta) + expected(self._f, jnp.zeros_like(theta))
        generator = expected(lambda t: -self._f(-t), theta) if self.cost == "non_saturating" else value
        return {"discriminator": -value + self._charge(psi), "generator": generator}

    def _f(self, t: Array) -> Array:
        return t if self.cost == "wasserstein" else -jax.nn.softplus(-t)

    def _charge(self, psi: Array) -> Array:
        if self.penalty == "none":
            return jnp.zeros_like(psi)
        norm = psi if self.penalty in ("r1", "r2") else jnp.abs(psi) - self.settings["target"]
        return self.settings["strength"] / 2 * norm**2


def _init(where: Array | None, key: Key) -> Players:
    theta, psi = jax.random.normal(key, (2,)) if where is None else where
    return {"discriminator": psi, "generator": theta}


def dirac(
    cost: str = "minimax",
    *,
    penalty: str = "none",
    strength: float = 1.0,
    target: float = 1.0,
    noise: float = 0.0,
    start: Sequence[float] | None = None,
) -> Game:
    """Data δ_0, generator δ_θ, discriminator D(x) = ψx: V(θ, ψ) = f(ψθ) + f(0), θ minimises, ψ maximises.

    With f(t) = −log(1 + e^{−t}), so f′(0) = ½. At the equilibrium (0, 0) the flow −v has the eigenvalues ±i/2 for
    "minimax" and "non_saturating", ±i for "wasserstein"; with "r1" of strength γ, −γ/2 ± √(γ²/4 − ¼).

    Args:
      cost: "minimax"; "non_saturating": θ minimises −f(−ψθ) instead of f(ψθ); "wasserstein": f(t) = t.
      penalty: what the discriminator pays besides: "none"; "r1": (γ/2) E_data ‖∇D‖²; "r2": (γ/2) E_generator ‖∇D‖²;
        "gradient": (γ/2) E (‖∇D‖ − g₀)² as in WGAN-GP. The gradient of this D is ψ everywhere, so "r1" and "r2" are
        both (γ/2)ψ².
      strength: γ, 0 or more.
      target: g₀ of the penalty "gradient", 0 or more.
      noise: standard deviation σ of instance noise on data and samples, 0 or more; 0 is none. Its expectation is taken
        by Gauss–Hermite quadrature with 64 nodes, so the game stays deterministic.
      start: the pair (θ, ψ) at which every run starts; `None` draws both from a standard normal.

    Returns:
      The game; players "generator" (θ) and "discriminator" (ψ), two scalars. The equilibrium is (0, 0), except for the
      penalty "gradient", for which none is given.

    Raises:
      ValueError: an unknown name, or a number outside its range.

    Source: Mescheder, Geiger, Nowozin, "Which Training Methods for GANs do actually Converge?", 2018,
    https://arxiv.org/abs/1801.04406.

    Example:
      >>> import jax.numpy as jnp
      >>> from gangame import analysis
      >>> game = dirac(penalty="r1", strength=1.0)
      >>> J = analysis.jacobian(game, game.equilibrium, None)
      >>> print(jnp.linalg.eigvals(-J).real.round(3))  # the critical strength: both eigenvalues at −½
      [-0.5 -0.5]
    """
    if cost not in COSTS:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(COSTS)}.")
    if penalty not in PENALTIES:
        raise ValueError(f"penalty is {penalty!r}; it has to be one of {', '.join(PENALTIES)}.")
    check_numbers(strength=strength, target=target, noise=noise)
    where = None if start is None else jnp.asarray(start, float)
    if where is not None and where.shape != (2,):
        raise ValueError(f"start is {start}; it has to be a pair of numbers, (θ, ψ).")
    without_noise = not isinstance(noise, jax.core.Tracer) and noise == 0
    nodes, weights = np.polynomial.hermite_e.hermegauss(1 if without_noise else 64)
    weights = weights / weights.sum()
    numbers = {"strength": strength, "target": target, "noise": noise, "nodes": nodes, "weights": weights}
    settings = {name: jnp.asarray(number, float) for name, number in numbers.items()}

    at_zero = {"discriminator": jnp.zeros(()), "generator": jnp.zeros(())}
    equilibrium = None if penalty == "gradient" else at_zero
    return Game(Partial(_init, where), Partial(nothing), DiracLosses(settings, cost, penalty), equilibrium)
