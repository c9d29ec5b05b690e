"""Starts the explorer in a browser."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

from gangame.lab.exploration import game_of, rules_for
from gangame.lab.spec import UserError, find


def explore(game: str, rule: str, port: int | None, browser: bool) -> NoReturn:
    """Serves the explorer until it is interrupted; this process becomes the server.

    Args:
      game: the game that is shown first, as in `gangame play`.
      rule: the rule that is shown first.
      port: where to serve; `None` is any free one.
      browser: open a browser.

    Raises:
      UserError: marimo is not installed, or the game or the rule cannot be shown.
    """
    if importlib.util.find_spec("marimo") is None:
        raise UserError("The explorer needs marimo, which is not installed here: pip install 'gangame[notebooks]'")
    offered = rules_for(game_of(game))
    find(rule, dict.fromkeys(offered), f"rule for {game}")
    options = [*([] if port is None else ["--port", str(port)]), *([] if browser else ["--headless"])]
    app = Path(__file__).with_name("explorer.py")
    command = [sys.executable, "-m", "marimo", "run", str(app), "--no-token", *options]
    os.execv(sys.executable, [*command, "--", "--game", game, "--rule", rule])
