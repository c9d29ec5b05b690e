"""The command line: what stands around every command."""

import gc
import signal

import typer

from gangame.lab.cache import keep_compiled
from gangame.lab.commands import COMMANDS
from gangame.lab.commands.common import defect, fail
from gangame.lab.spec import UserError

app = typer.Typer(
    help="A laboratory for the game dynamics of GANs: every update rule plays every game.",
    add_completion=True, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip
for name, command in COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Runs the command line; what the user can put right is one sentence and exit status 2."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # as `gangame` has left it while all was imported
        signal.signal(signal.SIGINT, signal.default_int_handler)
    keep_compiled()
    gc.freeze()  # what has been imported stays: to look through it for garbage takes a tenth of a start
    try:
        app(prog_name="gangame")
    except UserError as error:
        fail(str(error), 2)
    except KeyboardInterrupt:
        fail("Stopped.", 130)
    except Exception as error:
        fail(defect(error), 1)
