import atexit
import gc
import inspect
import os
import shutil
import tempfile

import jax
import numpy as np
import pytest

from gangame import rules

jax.config.update("jax_enable_x64", True)
gc.set_threshold(50_000, 20, 20)  # traces and programs stay: looking through them for garbage takes a tenth of the time

# Compiling is most of the time of the suite, and more than half of that is machine code that runs fast: tests run few
# steps, and nothing but rounding depends on it. What is said of bits is tested with what users get, see compiling.py.
# A flag that is not known is fatal.
# Nor does it depend on the number of pieces that a program is cut into, to be compiled side by side.
quick = [
    "--xla_backend_optimization_level=0",
    "--xla_llvm_disable_expensive_passes=true",
    "--xla_cpu_parallel_codegen_split_count=1",
]
if jax.__version_info__ < (0, 11):
    quick.append("--xla_cpu_use_fusion_emitters=false")
os.environ["XLA_FLAGS"] = " ".join([os.environ.get("XLA_FLAGS", ""), *quick]).strip()

# Processes that tests start read the byte code that the first of them has made, where this environment keeps none.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    os.environ["PYTHONPYCACHEPREFIX"] = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, os.environ["PYTHONPYCACHEPREFIX"], ignore_errors=True)

LONG = ("test_notebooks", "test_processes", "test_faults", "test_mesh", "test_explorer")


def pytest_collection_modifyitems(items):
    """Begins with the files of long tests, so that at the end no worker waits for one."""
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.fixture
def promotion(request):
    """Strict for the library itself; optax's Adam, and programs that run it, need "standard": override it there."""
    return "standard" if request.path.parent.name in ("lab", "experiments") else "strict"


@pytest.fixture(autouse=True)
def numerics(promotion):
    with jax.numpy_dtype_promotion(promotion):
        yield


@pytest.fixture(autouse=True)
def numbers(request):
    """A file's random numbers begin anew with each test: what a test sees does not depend on those before it."""
    if generator := getattr(getattr(request.node, "module", None), "RNG", None):
        generator.bit_generator.state = np.random.default_rng(0).bit_generator.state


compiled: list[float] = []


def note(event, seconds, **_):
    if event == "/jax/core/compile/backend_compile_duration":
        compiled.append(seconds)


jax.monitoring.register_event_duration_secs_listener(note)


@pytest.fixture
def num_compiled():
    """Returns a function that says how many programs this process has compiled.

    The caches of jit do not say that: they are bounded by one number for the whole process, and forget.
    """
    return lambda: len(compiled)


@pytest.fixture
def counted():
    """Returns a function that gives a game whose losses count their traces, and the list that grows with each."""

    def count_traces(game):
        traces = []

        def losses(inner, players, batch):
            traces.append(None)
            return inner(players, batch)

        return game._replace(losses=jax.tree_util.Partial(losses, game.losses)), traces

    return count_traces


@pytest.fixture
def make_rule():
    """Returns a function that makes a rule of the catalogue; one of plain steps gets the rate for its optimiser.

    Solves get few iterations: those of a solve that does not end within its tolerance multiply rounding.
    """

    def make(name, optimizer, rate):
        factory = rules.RULES[name]
        few = {"maxiter": 2} if "maxiter" in inspect.signature(factory).parameters else {}
        return rules.make(name, rate if rules.first_argument(factory) == "learning_rate" else optimizer, **few)

    return make
