"""What several commands share."""

import contextlib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import jax

from gangame.lab.spec import UserError


def fail(sentence: str, status: int) -> NoReturn:
    """Ends the program with one sentence and an exit status."""
    print(f"Error: {' '.join(sentence.split())}", file=sys.stderr)
    sys.exit(status)


def defect(error: Exception) -> str:
    """Returns the sentence about an error that is nobody's doing but gangame's; a file gets the details."""
    log = Path("gangame-error.log")
    with contextlib.suppress(OSError):
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return f"gangame failed with {type(error).__name__}, which is a defect of gangame; {log} has the details."


def use_dtype(dtype: str) -> None:
    """Makes a dtype that of everything from here on."""
    if dtype not in ("float32", "float64"):
        raise UserError(f"--dtype is {dtype!r}; it has to be float32 or float64.")
    jax.config.update("jax_enable_x64", dtype == "float64")


def numbers(text: str | None, option: str) -> tuple[float, ...] | None:
    """Returns numbers typed as 1|3, `None` where nothing was.

    Raises:
      UserError: it is something else.
    """
    if text is None:
        return None
    try:
        return tuple(float(each) for each in text.split("|"))
    except ValueError:
        raise UserError(f"{option} is {text!r}; it has to be numbers, such as 1 or 1|3.") from None


@contextlib.contextmanager
def on_device(device: str | None) -> Iterator[None]:
    """Computes on a kind of device; `None` leaves the choice to JAX."""
    if device is None:
        yield
        return
    try:
        chosen = jax.devices(device)[0]
    except RuntimeError:
        raise UserError(f"There is no device {device!r} here; JAX sees {jax.default_backend()}.") from None
    with jax.default_device(chosen):
        yield
