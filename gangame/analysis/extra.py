"""Packages that only some instruments need, imported when these are called."""

from importlib import import_module
from types import ModuleType


def extra(name: str) -> ModuleType:
    """Returns a module of the extra `analysis`.

    Raises:
      ImportError: its package is not installed; the message says how to get it.
    """
    try:
        return import_module(name)
    except ImportError as error:
        package = name.split(".")[0]
        raise ImportError(f"This needs {package}; install it with `pip install 'gangame[analysis]'`.") from error
