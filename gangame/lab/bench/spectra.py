"""How long the spectrum of a large game takes."""

import importlib.util
import time
from typing import Any

import jax

from gangame import analysis
from gangame.calculus import jacobian_product
from gangame.lab.bench.counted import work_of
from gangame.lab.bench.points import build_game
from gangame.lab.spec import UserError

NUM_EIGENVALUES = 4
SIZE = 40
"""Of the largest Krylov space."""


def spectrum(text: str) -> dict[str, Any]:
    """Returns how long the eigenvalues of largest modulus take, of J at the start of a game on one sample.

    Operations a second count the products J u alone, of a large game; of a small one they are `None`.

    Args:
      text: the game, as typed.

    Raises:
      UserError: J is large, and the package that finds eigenvalues of large matrices is not installed.
    """
    parsed, game = build_game(text)
    key_init, key_sample = jax.random.split(jax.random.key(0))
    players, batch = game.init(key_init), game.sample(key_sample)
    parameters = sum(leaf.size for leaf in jax.tree.leaves(players))
    large = parameters > 500
    if large and importlib.util.find_spec("matfree") is None:
        raise UserError("Spectra of large games need the extra 'analysis': pip install 'gangame[analysis]'.")
    settings: dict[str, Any] = {"num": min(NUM_EIGENVALUES, parameters), "parts": ("largest_modulus",)}
    if large:
        settings["max_size"] = SIZE
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        found = analysis.spectrum(game, players, batch, **settings)  # on the host at the end, so nothing is awaited
        seconds.append(time.perf_counter() - began)
    speed = None
    if large:
        product = work_of(lambda w, u: jacobian_product(game, w, batch, u), players, players)
        speed = found.num_products * product.flops / seconds[1]
    return {
        "game": str(parsed), "parameters": parameters, "first_seconds": seconds[0], "seconds": seconds[1],
        "flops_per_second": speed,
    }  # fmt: skip
