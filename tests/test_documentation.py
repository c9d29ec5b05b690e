"""Every example in a docstring runs, and the tables of the README are those of the catalogues."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import jax
import pytest

import gangame
from gangame.games import GAMES
from gangame.lab.spec import parameters, summary
from gangame.rules import RULES

MODULES = [name for _, name, _ in pkgutil.walk_packages(gangame.__path__, "gangame.") if not name.endswith("__main__")]
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run_as_they_stand(name):
    with jax.enable_x64(False), jax.numpy_dtype_promotion("standard"):
        results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


def test_the_factories_have_examples():
    for factory in (*GAMES.values(), *RULES.values()):
        assert ">>>" in factory.__doc__
        assert "Source: " in factory.__doc__


@pytest.mark.parametrize("catalogue", [GAMES, RULES])
def test_the_tables_of_the_readme_are_the_catalogues(catalogue):
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", README, re.MULTILINE))
    for name, factory in catalogue.items():
        assert rows.get(name) == summary(factory)
    assert set(rows) == {*GAMES, *RULES}


@pytest.mark.parametrize("name", [*GAMES, *RULES])
def test_every_argument_of_a_factory_is_described(name):
    for each in parameters({**GAMES, **RULES}[name]).values():
        assert each.text, each.name
