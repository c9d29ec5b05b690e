"""`gangame explore`."""

from typing import Annotated

import typer


def explore(
    game: Annotated[str, typer.Argument(help="A game of two scalars, as name or name:key=value,...")] = "bilinear",
    rule: Annotated[str, typer.Argument(help="A rule, by name.")] = "simultaneous",
    port: Annotated[int | None, typer.Option(help="Port of the page; a free one by default.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Show field, trajectory, spectrum and rate of a rule in the browser, with sliders."""
    from gangame.lab.explore import explore as serve  # here, because it imports matplotlib, which takes a second

    serve(game, rule, port, browser)
