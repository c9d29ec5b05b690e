"""The notebooks run from top to bottom, and what they carry is fit to be read and shared."""

import re
import sys
import time
import warnings
from pathlib import Path

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # jupyter's own, at import
    import nbformat
    from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"


def number(path):
    return int(path.stem.split("_")[0])


NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"), key=number)
RUN_LONG = (2, 5)  # for longer than they compile


@pytest.fixture(scope="module")
def seconds(request):
    """Collects how long each notebook took, and prints the list at the end of the run."""
    taken = {}
    yield taken
    lines = [f"{name}: {each:.0f} s" for name, each in taken.items()]
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n" + "\n".join([*lines, f"all notebooks: {sum(taken.values()):.0f} s"]), file=sys.stderr)


def test_there_are_eleven_stories():
    assert [number(path) for path in NOTEBOOKS] == list(range(1, 12))


@pytest.mark.filterwarnings("ignore")  # jupyter's own; inside, the notebook has a process of its own
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(path, seconds, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    if number(path) in RUN_LONG:
        monkeypatch.setenv("XLA_FLAGS", "")  # as users compile, for quick code
    notebook = nbformat.read(path, as_version=4)
    began = time.perf_counter()
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    seconds[path.stem] = time.perf_counter() - began


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_committed_as_executed_small_and_without_traces_of_a_machine(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert path.stat().st_size < 1_000_000
    assert not re.search(r"/(?:home|root|Users|tmp|work)/", path.read_text(encoding="utf-8"))
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert set(notebook.metadata.language_info) == {"name"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_exercises_hide_their_solutions(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    assert text.count("<details>") == text.count("</details>") >= 2
    assert "## Exercises" in text
