"""No slide of the tutorial is left out: each is shown somewhere, or it says why not."""

import importlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "notebooks" / "README.md"
NUM_SLIDES = 86
REASONS = ("no claim", "not shown yet", "the definition", "games.gan", "measured by")


def rows():
    table = re.findall(r"^\| ([\d, ]+) \| (.+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [([int(number) for number in numbers.split(", ")], what, where) for numbers, what, where in table]


def test_every_slide_stands_there_once():
    numbers = sorted(number for slides, _, _ in rows() for number in slides)
    assert numbers == list(range(1, NUM_SLIDES + 1))


def test_every_slide_is_shown_by_a_file_that_is_there_or_says_why_not():
    for slides, _, where in rows():
        links = re.findall(r"\]\(([^)]+)\)", where)
        assert links or any(reason in where for reason in REASONS), slides
        for link in links:
            assert (PAGE.parent / link).resolve().is_file(), link


def test_names_in_backticks_are_those_of_the_package():
    for name in re.findall(r"`(games|nets|metrics|analysis)\.(\w+)`", PAGE.read_text(encoding="utf-8")):
        assert hasattr(importlib.import_module(f"gangame.{name[0]}"), name[1]), name


def test_experiments_that_show_something_of_the_tutorial_stand_there():
    named = set(re.findall(r"experiments/(\w+\.py)", PAGE.read_text(encoding="utf-8")))
    slides = {
        path.name for path in (ROOT / "experiments").glob("*.py")
        if re.search(r"\bslides? \d", path.read_text(encoding="utf-8").split('"""')[1])
    }  # fmt: skip
    assert slides - named == set()
