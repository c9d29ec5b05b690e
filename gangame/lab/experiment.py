"""The command line around an experiment script, and what it leaves behind.

An experiment is a module (a file in `experiments/`) with a docstring that says question, command, cost and what one
should see, and these names:

    Config                          a frozen dataclass; `option` gives a field its default and its line of help
    TINY                            the `Config` that the tests run
    run(config, key) -> arrays      the core, pure: a dict of arrays
    summarize(config, arrays)       -> the numbers worth a line in results.json, a nested dict
    draw(config, arrays)            -> {name: matplotlib Figure}

It ends with `if __name__ == "__main__": experiment.main(sys.modules[__name__])`. What a run leaves are `arrays.npz`,
one `NAME.png` for each figure, and `results.json`; with `--redraw` the figures are made again without a new run.
"""

import argparse
import dataclasses
import datetime
import io
import json
import shlex
import tempfile
import time
import typing
import zipfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from gangame.lab import store
from gangame.lab.machine import machine
from gangame.lab.spec import UserError

T = TypeVar("T")
Arrays = dict[str, np.ndarray]


def option(default: T, help_text: str, *, recorded: bool = True) -> T:
    """Returns the field of a `Config` dataclass.

    Args:
      default: its value unless another one is given.
      help_text: what the command line says about it.
      recorded: whether it stands in results.json; a folder of this machine, on which no number depends, need not.
    """
    return dataclasses.field(default=default, metadata={"help": help_text, "recorded": recorded})


def _recorded(config: Any) -> list[dataclasses.Field]:
    return [field for field in dataclasses.fields(config) if field.metadata.get("recorded", True)]


def check_choice(name: str, value: str, allowed: Collection[str]) -> None:
    """Complains of a value of an option that is none of those it can have.

    Raises:
      ValueError: such a value.
    """
    if value not in allowed:
        between = "; " if any("," in choice for choice in allowed) else ", "
        raise ValueError(f"{name} is {value!r}; it has to be one of {between.join(allowed)}.")


def check_rows(name: str, rows: Collection[str], allowed: Collection[str], num_seeds: int) -> None:
    """Complains of what a table of rows over seeds, with intervals, cannot be made of.

    Args:
      name: of the option that has the rows.
      rows: those that were chosen, one or more.
      allowed: those that there are.
      num_seeds: 2 or more.

    Raises:
      ValueError: an unknown row, none, or too few seeds.
    """
    for row in rows:
        check_choice(name, row, allowed)
    if not rows or num_seeds < 2:
        raise ValueError(
            f"There are {len(rows)} {name}, and num_seeds is {num_seeds}; there has to be one of the {name} or more, "
            "and num_seeds has to be 2 or more."
        )


def figure(rows: int, columns: int, size: tuple[float, float], **subplots: Any) -> tuple[Any, Any]:
    """Returns a matplotlib figure of `size` in inches, apart from pyplot's global state, and its axes."""
    from matplotlib.figure import Figure  # here, because only who draws should pay for the import

    drawn = Figure(size, layout="constrained")
    return drawn, drawn.subplots(rows, columns, **subplots)


def show_images(axes: Any, images: np.ndarray, title: str) -> None:
    """Draws images side by side, each with a black border of one pixel.

    Args:
      axes: of matplotlib.
      images: `[rows, columns, height, width, channels]` in [−1, 1], of one channel or three.
      title: what stands above.
    """
    border = ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0))
    framed = np.pad((np.clip(images, -1, 1) + 1) / 2, border)
    rows, columns, height, width, channels = framed.shape
    picture = framed.swapaxes(1, 2).reshape(rows * height, columns * width, channels)
    axes.imshow(picture[..., 0] if channels == 1 else picture, cmap="gray", vmin=0, vmax=1)
    axes.set(title=title, xticks=[], yticks=[])
    axes.grid(False)


def save_figures(output: Path, module: Any, config: Any, arrays: Arrays) -> None:
    """Draws the figures and writes them to the folder `output`."""
    from matplotlib import rc_context  # here, because only who draws should pay for the import

    from gangame.analysis.style import STYLE

    with rc_context(STYLE):
        for name, drawn in module.draw(config, arrays).items():
            content = io.BytesIO()
            drawn.savefig(content, format="png", dpi=120, metadata={"Software": None}, pil_kwargs={"optimize": True})
            store.write(output / f"{name}.png", content.getvalue())


def load(output: Path, config_type: type[T]) -> tuple[T, Arrays]:
    """Returns the config and the arrays that a run left in the folder `output`.

    Raises:
      UserError: there are none, or they are damaged or of another experiment.
    """
    try:
        saved = store.read_json(output / "results.json")["config"]
        config = config_type(**_with_tuples(saved))
        with store.told(output, "read"), (output / "arrays.npz").open("rb") as file:
            return config, dict(np.load(file, allow_pickle=False))
    except (ValueError, TypeError, KeyError, AttributeError, zipfile.BadZipFile) as problem:
        raise UserError(f"{output} holds no undamaged run of this experiment: {problem}.") from problem


def _with_tuples(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(each) if isinstance(each, list) else each for name, each in settings.items()}


class Parser(argparse.ArgumentParser):
    """A parser that tells what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Ends the program with a sentence and exit code 2."""
        self.exit(2, f"{self.prog}: {message[:1].upper()}{message[1:].rstrip('.')}.\n")


def _parser(module: Any) -> Parser:
    parser = Parser(
        prog=Path(module.__file__).name,
        description=module.__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = typing.get_type_hints(module.Config)
    for field in dataclasses.fields(module.Config):
        kind, several = kinds[field.name], isinstance(field.default, tuple)
        how: dict[str, Any] = {"type": typing.get_args(kind)[0], "nargs": "+"} if several else {"type": kind}
        if kind is bool:
            how = {"action": argparse.BooleanOptionalAction}
        default = " ".join(map(str, field.default)) if isinstance(field.default, tuple) else field.default
        about = f"{field.metadata.get('help', '')} (default: {default})".replace("%", "%%")
        parser.add_argument("--" + field.name.replace("_", "-"), default=argparse.SUPPRESS, help=about, **how)
    parser.add_argument("--seed", type=int, default=0, help="seed of all randomness (default: 0)")
    parser.add_argument("--tiny", action="store_true", help="start from the tiny setting, which takes seconds")
    parser.add_argument("--redraw", action="store_true", help="only draw again what is saved in the output folder")
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder (default: results/NAME beside the script)")
    return parser


def command(module: Any, config: Any, seed: int) -> str:
    """Returns the command that repeats a run."""
    words = ["python", f"experiments/{Path(module.__file__).name}"]
    for field in _recorded(config):
        value, flag = getattr(config, field.name), field.name.replace("_", "-")
        if value == field.default:
            continue
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words += [f"--{flag}", *map(str, value if isinstance(value, tuple) else [value])]
    return shlex.join(words + (["--seed", str(seed)] if seed else []))


class Asked(NamedTuple):
    """What the user asked for.

    Attributes:
      parser: its `error` ends the program with one sentence.
      config: all settings.
      seed: of all randomness.
      redraw: only draw again what is saved.
      output: the folder.
    """

    parser: Parser
    config: Any
    seed: int
    redraw: bool
    output: Path


def ask(module: Any, arguments: Sequence[str] | None = None) -> Asked:
    """Returns what the words after the command ask for; bad input ends with one sentence and exit code 2.

    Args:
      module: the experiment, see the head of this file.
      arguments: the words after the command; `None` takes those of the process.
    """
    parser = _parser(module)
    given = vars(parser.parse_args(arguments))
    seed, tiny, redraw, output = (given.pop(name) for name in ("seed", "tiny", "redraw", "output"))
    script = Path(module.__file__)
    folder = output or script.parent / "results" / (script.stem + "-tiny" * tiny)
    if redraw and given:
        parser.error("--redraw draws what is saved and takes no settings; leave out the other options")
    if not 0 <= seed < 2**31:
        parser.error(f"seed is {seed}; it has to be a whole number from 0 to {2**31 - 1}")
    try:
        config = dataclasses.replace(module.TINY if tiny else module.Config(), **_with_tuples(given))
    except ValueError as problem:
        parser.error(str(problem))
    return Asked(parser, config, seed, redraw, folder)


def main(module: Any, arguments: Sequence[str] | None = None, *, x64: bool = False) -> None:
    """Runs an experiment from the command line; bad input ends with one sentence and exit code 2.

    Args:
      module: the experiment, see the head of this file.
      arguments: the words after the command; `None` takes those of the process.
      x64: compute in double precision.
    """
    asked = ask(module, arguments)
    parser, config, output = asked.parser, asked.config, asked.output
    try:
        with jax.enable_x64(x64):
            if asked.redraw:
                save_figures(output, module, *load(output, module.Config))
                return
            with store.told(output, "write to"):  # better now than after an hour
                output.mkdir(parents=True, exist_ok=True)
                tempfile.TemporaryFile(dir=output).close()
            measured = _run_and_save(module, config, asked.seed, output)
    except UserError as problem:
        parser.error(str(problem))
    except KeyboardInterrupt:
        parser.exit(130, "Stopped; nothing was written.\n")
    print(json.dumps(measured, indent=1, ensure_ascii=False))
    print(f"Saved in {output}.")


def _run_and_save(module: Any, config: Any, seed: int, output: Path) -> dict[str, Any]:
    begin = time.perf_counter()
    arrays = {name: np.asarray(each) for name, each in module.run(config, jax.random.key(seed)).items()}
    seconds = round(time.perf_counter() - begin, 2)
    measured = jax.tree.map(lambda each: np.asarray(each).tolist(), module.summarize(config, arrays))
    results = {
        "command": command(module, config, seed),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "seconds": seconds,
        "precision": str(jnp.result_type(float)),
        "seed": seed,
        "config": {field.name: getattr(config, field.name) for field in _recorded(config)},
        "measured": measured,
    }
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    store.write(output / "arrays.npz", content.getvalue())
    store.write_json(output / "results.json", results)
    save_figures(output, module, config, arrays)
    return measured
