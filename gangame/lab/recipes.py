"""How long and how fast a game is played where the user does not say: published settings, and defaults."""

from collections.abc import Mapping
from typing import NamedTuple

from gangame.lab.optimizers import Setting, smooth
from gangame.lab.spec import Spec


class Recipe(NamedTuple):
    """Defaults of `gangame play` for one game.

    Attributes:
      num_steps: number of steps.
      num_seeds: number of seeds.
      optimizer: every player's optimiser, or by player.
      controls: rules that are played besides those asked for when the first of the pair is asked for: the same rule at
        a setting that changes the story, so that a report does not show one side of it alone.
    """

    num_steps: int
    num_seeds: int
    optimizer: Setting | Mapping[str, Setting]
    controls: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Returns the defaults in words."""
        by_player = {"all players": self.optimizer} if isinstance(self.optimizer, Setting) else self.optimizer
        optimizers = ", ".join(f"{player} with {setting}" for player, setting in by_player.items())
        return f"{self.num_steps:,} steps, {self.num_seeds} seeds, {optimizers}, unless told otherwise"

    def settings(self, players: list[str]) -> dict[str, Setting]:
        """Returns the optimiser of each player."""
        if isinstance(self.optimizer, Setting):
            return dict.fromkeys(players, self.optimizer)
        return dict(self.optimizer)


def adam(learning_rate: float, b1: float = 0.5) -> Setting:
    """Returns Adam, with the first-moment decay that GANs use."""
    return Setting("adam", learning_rate, smooth("adam", {"b1": b1}))


DEFAULT = Recipe(1000, 8, Setting("sgd", 0.1, {}))
RECIPES: dict[str, Recipe] = {
    # Single terms of LAGAN's notebook, https://github.com/Chavdarova/LAGAN-Lookahead_Minimax.
    "finite_sum_bilinear": Recipe(20_000, 8, Setting("sgd", 0.05, {})),
    # Steps short enough for the strict maximum not to throw players off along the sixth power.
    "market": Recipe(3000, 8, Setting("sgd", 0.02, {})),
    # The settings of the paper's pictures.
    "ridge": Recipe(1000, 8, Setting("sgd", 0.05, {})),
    # The published run with the stiff player slowed down a hundred times; `scale` turns 1 into the published 0.01.
    "ttur_toy": Recipe(5000, 8, {"x": Setting("sgd", 0.01, {}), "y": Setting("sgd", 1.0, {})}),
    "digits": Recipe(6000, 8, adam(1e-3)),
    "sequence_gan": Recipe(3000, 8, adam(1e-3)),
    # The optimiser of Radford et al. 2016.
    "dcgan": Recipe(2000, 4, adam(2e-4)),
    "mixture": Recipe(
        2000, 16, adam(1e-3), controls=(("simultaneous", "simultaneous:discriminator.learning_rate=0.003"),)
    ),
    "mixture:metz": Recipe(25_000, 16, adam(1e-4)),
    "mixture:metz_notebook": Recipe(25_000, 16, {"discriminator": adam(1e-4), "generator": adam(1e-3)}),
    "mixture:veegan_ring": Recipe(400_000, 10, adam(1e-4, 0.8)),
    "mixture:veegan_grid": Recipe(400_000, 10, adam(1e-4, 0.8)),
}


def recipe_for(game: Spec) -> Recipe:
    """Returns the recipe of a game, at its setting if it has one of its own."""
    setting = game.arguments.get("setting")
    return RECIPES.get(f"{game.name}:{setting}") or RECIPES.get(game.name) or DEFAULT
