"""Imports go downwards only, and siblings stay strangers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gangame

ROOT = Path(gangame.__file__).parent
LEVELS = {
    "core": 0, "names": 0, "ranges": 0, "user_cache": 0, "blocks": 1, "calculus": 1, "linear": 1,
    "play": 2, "nets": 2, "data": 2, "parallel": 3, "rules": 3, "games": 3, "models": 3, "metrics": 3,
    "analysis": 4, "testing": 4, "lab": 5, "__main__": 6,
}  # fmt: skip
MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def part(path):
    """The file or package of the layout that a module belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path):
    """All modules that a file imports, at the top or inside a function, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ids(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_a_module_imports_downwards_only(path):
    own = part(path)
    assert own in LEVELS, f"{own} has no level; add it to the layout of DESIGN.md and here."
    for name in imported(path):
        if name.split(".")[0] != "gangame":
            continue
        other = name.split(".")[1]
        if other not in LEVELS:  # a public name of the package itself: only the top may use these
            assert LEVELS[own] >= LEVELS["lab"], f"{ids(path)} imports {name}, which lies above it."
        else:
            assert other == own or LEVELS[other] < LEVELS[own], f"{ids(path)} imports {name}, which is not below it."


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_only_nets_and_the_laboratory_know_a_network_library(path):
    libraries = {name.split(".")[0] for name in imported(path)}
    if part(path) not in ("nets", "lab"):
        assert not libraries & {"flax", "equinox", "haiku"}


def test_the_core_imports_jax_only():
    libraries = {name.split(".")[0] for name in imported(ROOT / "core.py")}
    assert libraries - sys.stdlib_module_names == {"jax"}


def test_importing_the_package_is_light():
    heavy = [
        "diffrax",
        "matfree",
        "matplotlib",
        "tensorflow_datasets",
        "flax",
        "sklearn",
        "mlxtend",
        "scipy.stats",
        "typer",
        "rich",
    ]
    program = f"import sys, gangame.analysis; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    assert result.stdout.strip() == "[]"
