"""What the other processes of a run do: as the first one says, each thing when it says it."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import jax

from gangame.games import GAMES
from gangame.lab import processes, spec
from gangame.lab.buffered import ReadError
from gangame.lab.config import Config
from gangame.lab.layout import Layout
from gangame.lab.program import Program, awaited
from gangame.lab.programs import program_of
from gangame.lab.terminal import PlayProgress, stop_on_signals
from gangame.lab.views import View, view_of
from gangame.play import Run

ENDED = "Error: This process ended at once, as it does when process 0 is gone. "


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Says what this process could not read; the first one has heard of it, and says what comes then."""
    try:
        yield
    except ReadError as error:
        print(f"Error: {error}", file=sys.stderr)


def follow(words: processes.LastWords) -> int:
    """Plays along until the first process says that it is the end; returns its exit status.

    Args:
      words: what is said if this process ends without a word; it names the folder as soon as that is known.

    Raises:
      UserError: another process is gone.
    """
    made: Config
    view: View
    game: Any
    layout: Layout
    program: Program
    run: Run
    kept = "Nothing was begun; start all processes again."
    words.are(ENDED + kept)
    try:
        # Whoever is stopped says so when asked; a second Ctrl-C stops at once.
        with stop_on_signals(PlayProgress(quiet=True)) as stops, processes.losses(), contextlib.ExitStack() as last:
            while True:
                match processes.heard():
                    case ["run", content, spread, device, kept]:
                        words.are(ENDED + kept)
                        made = Config.from_json(content)
                        jax.config.update("jax_enable_x64", made.dtype == "float64")
                        layout = Layout(spread, device)
                        game = spec.build(made.game, GAMES)
                        view = view_of(game)
                    case ["lane", index]:
                        last.close()
                        with told():
                            program = program_of(made, made.lanes[index], game, view.observe, layout)
                            last.callback(program.close)
                    case ["begin"]:
                        run = program.begin()
                    case ["place"]:
                        run = program.place(None)
                    case ["look"]:
                        program.seconds_of_one_look(run)
                    case ["compile", num_steps, every, together]:
                        program.compile(num_steps, every, together)
                    case ["play", num_steps, every]:
                        with told():
                            run = awaited(program.piece(num_steps, every)(run))._replace(records=None)
                    case ["whole"]:
                        program.whole(run)
                    case ["ask"]:
                        processes.stopped(stops)
                    case ["end", status]:
                        return status
    except spec.UserError as error:
        raise spec.UserError(f"{error} {kept}") from error
