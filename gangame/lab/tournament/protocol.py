"""The fixed protocol of a tournament: the same budget, the same number of candidates, other seeds for the report."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array
from gangame.lab import strangers
from gangame.lab.spec import UserError
from gangame.lab.tournament.contenders import Contender

TUNING, REPORTING = 0, 1


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How rules are tuned and compared.

    Attributes:
      budget: work of each seed, in simultaneous steps.
      tuning_budget: the same while tuning.
      num_records: looks at each seed, at equal fractions of the budget.
      num_candidates: settings that are tried for each rule.
      num_tuning_seeds: seeds of each candidate.
      num_seeds: seeds of the report.
      rates: lowest and highest learning rate, for optimisers that scale their steps as Adam does.
      plain_rates: the same for plain steps.
      ratios: learning rates of the first player by name, in a GAN the discriminator, over those of the others.
      lanes: runs that are vmapped in one program.
      key: integer that all randomness comes from.
    """

    budget: float = 10_000.0
    tuning_budget: float = 5_000.0
    num_records: int = 40
    num_candidates: int = 16
    num_tuning_seeds: int = 4
    num_seeds: int = 32
    rates: tuple[float, float] = (3e-4, 1e-2)
    plain_rates: tuple[float, float] = (1e-2, 1.0)
    ratios: tuple[float, ...] = (1.0, 3.0)
    lanes: int = 32
    key: int = 0

    def __post_init__(self) -> None:
        """Checks the values."""
        whole = ("num_records", "num_candidates", "num_tuning_seeds", "num_seeds", "lanes")
        for name in whole:
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it has to be 1 or more.")
        for name in ("budget", "tuning_budget"):
            if not getattr(self, name) >= self.num_records:
                raise UserError(
                    f"The {name.replace('_', ' ')} is {getattr(self, name):g}; it has to be at least "
                    f"{self.num_records} simultaneous steps, one for each record."
                )
        for name in ("rates", "plain_rates"):
            low, high = getattr(self, name)
            if not 0 < low <= high < np.inf:
                raise UserError(f"{name} are {low:g} to {high:g}; they have to be positive, the lower one first.")
        if not self.ratios or not all(0 < ratio < np.inf for ratio in self.ratios):
            raise UserError(f"ratios are {self.ratios}; there has to be one at least, and they have to be positive.")

    def candidates(self, row: Contender) -> list[dict[str, float]]:
        """Returns the settings that are tried for a rule, as many for each rule.

        All combinations of its swept arguments, the ratios, and as many learning rates as make `num_candidates`, evenly
        spaced in the logarithm between the lowest and the highest.

        Raises:
          UserError: the number of candidates is no multiple of these combinations.
        """
        points: list[dict[str, float]] = [{}]
        for name, values in {"ratio": self.ratios, **row.swept()}.items():
            points = [{**point, name: float(value)} for point in points for value in values]
        num_rates, rest = divmod(self.num_candidates, len(points))
        if rest or not num_rates:
            raise UserError(
                f"{row.label} has {len(points)} combinations of ratios and swept numbers, which does not divide "
                f"{self.num_candidates} candidates; change the number of candidates or of values."
            )
        low, high = self.plain_rates if row.optimizer == "sgd" else self.rates
        return [
            {"rate": float(rate), **point} for rate in np.geomspace(low, high, num_rates).tolist() for point in points
        ]

    def keys(self, phase: int, num_seeds: int) -> Array:
        """Returns the keys of the seeds of a phase, `TUNING` or `REPORTING`; no seed is in both."""
        of_phase = jax.random.fold_in(jax.random.key(self.key), phase)
        return jax.vmap(lambda seed: jax.random.fold_in(of_phase, seed))(jnp.arange(num_seeds))

    def steps(self, row_cost: float, budget: float) -> np.ndarray:
        """Returns the number of steps up to each record, `[num_records]`; what a budget does not pay is not played."""
        spent = budget * np.arange(1, self.num_records + 1) / self.num_records
        return np.floor(spent / row_cost * (1 + 1e-12)).astype(int)

    def to_json(self) -> dict[str, Any]:
        """Returns plain numbers and lists."""
        return {name: list(each) if isinstance(each, tuple) else each for name, each in vars(self).items()}

    @classmethod
    def from_json(cls, content: Any) -> "Protocol":
        """Returns the protocol that `to_json` wrote.

        Raises:
          UserError: it is something else.
        """
        defaults = {field.name: field.default for field in dataclasses.fields(cls)}
        whole = strangers.mapping(content, "protocol", list(defaults))
        given: dict[str, Any] = {}
        for name, default in defaults.items():
            if isinstance(default, tuple):
                least, most = (1, 1000) if name == "ratios" else (2, 2)
                values = strangers.sequence(whole[name], name, least, most)
                given[name] = tuple(strangers.number(each, name) for each in values)
            elif isinstance(default, int):
                given[name] = strangers.whole_number(whole[name], name, 0)
            else:
                given[name] = strangers.number(whole[name], name)
        return cls(**given)
