"""Where gangame keeps what it can make again: a folder of the user's, in it one for each kind of thing."""

import os
from pathlib import Path

VARIABLE = "GANGAME_CACHE"


def folder(kind: str) -> Path | None:
    """Returns the folder of a kind of things, made if need be, or `None` where nothing is to be kept.

    It lies in `~/.cache/gangame` (XDG_CACHE_HOME moves it). The variable GANGAME_CACHE names another place; empty or
    "off" keeps nothing, and a folder that cannot be written keeps nothing in silence, since nothing but time is lost.

    Args:
      kind: name of the folder in there, such as "compiled" or "data".
    """
    asked = os.environ.get(VARIABLE)
    if asked is not None and asked.strip().lower() in ("", "off", "0", "no", "false", "none"):
        return None
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        place = Path(asked or f"{home}/gangame").expanduser() / kind
        place.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # the latter for a user without a home
        return None
    return place if os.access(place, os.W_OK | os.X_OK) else None
