"""`gangame list`."""

import inspect
from typing import Annotated

import typer

from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.configure import RATE
from gangame.lab.recipes import recipe_for
from gangame.lab.terminal import console
from gangame.rules import RULES


def list_(name: Annotated[str, typer.Argument(help="A game or a rule, for its details.")] = "") -> None:
    """List games and rules, or the details of one."""
    if name:
        factory = spec.find(name, {**GAMES, **RULES}, "game or rule")
        console.print(inspect.getdoc(factory) or "", markup=False, soft_wrap=True)
        for setting, fixed in spec.settings(factory).items():
            typed = spec.Spec(name, {"setting": setting})
            console.print(f"\n{typed}", style="cyan", markup=False)
            console.print(f"    {str(spec.Spec('', fixed))[1:].replace(',', ', ')}", markup=False, soft_wrap=True)
            console.print(f"    played for {recipe_for(typed)}", markup=False, soft_wrap=True)
        if name in GAMES and not spec.settings(factory):
            console.print(f"\nPlayed for {recipe_for(spec.Spec(name, {}))}", markup=False, soft_wrap=True)
        return
    for title, catalogue in (("Games", GAMES), ("Rules", RULES)):
        console.print(f"[bold]{title}[/bold]")
        for each, factory in catalogue.items():
            arguments = [
                f"{known.name}={known.default}" if known.default is not inspect.Parameter.empty else known.name
                for known in spec.parameters(factory).values()
                if known.name not in ("optimizer", RATE)
            ]
            console.print(f"  [cyan]{each}[/cyan]  {spec.summary(factory)}", soft_wrap=True)
            console.print(f"      {', '.join(arguments)}", style="dim", markup=False, soft_wrap=True)
    console.print("Details: gangame list NAME")
