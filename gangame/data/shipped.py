"""Files that installed packages ship: found without importing the packages, and read without unpickling."""

import importlib.metadata
import importlib.util
import pickle
from pathlib import Path
from typing import Any

import numpy as np

EXTRA = "pip install 'gangame[data]' (or uv run --extra data ...)"
HOW_TO_INSTALL = {
    "scikit-learn": EXTRA,
    "mlxtend": EXTRA,
    "scikit-image": EXTRA,
    "names": EXTRA,
    # Its metadata ask for tensorflow and pandas, which its two files of data do not need.
    "animal-mnist": "pip install --no-deps animal-mnist",
}


def version(package: str) -> str:
    """Returns the version of an installed package.

    Raises:
      ValueError: it is not installed.
    """
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError as error:
        raise missing(package, HOW_TO_INSTALL[package]) from error


def missing(package: str, how: str) -> ValueError:
    """Returns the error that a package is not installed.

    Args:
      package: its name.
      how: the command that installs it.
    """
    return ValueError(f"These data need {package}, which is not installed: {how}.")


def file(package: str, module: str, name: str) -> Path:
    """Returns where a file of an installed package is.

    Args:
      package: the package, as it is installed.
      module: the same, as it is imported; it is not, since some take seconds or need more than their data do.
      name: the file, from the folder of the module on.

    Raises:
      ValueError: the package is not installed, or has no such file.
    """
    found = version(package)
    spec = importlib.util.find_spec(module)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        if (Path(folder) / name).is_file():
            return Path(folder) / name
    raise ValueError(f"{package} {found} has no file {name}; install another version of it.")


class ArrayUnpickler(pickle.Unpickler):
    """Reads a pickle that is nothing but an array of numbers, and refuses everything else before it is made."""

    ALLOWED = (
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
    )

    def find_class(self, module: str, name: str) -> Any:
        """Returns one of the few things that an array is made of.

        Raises:
          ValueError: it is something else.
        """
        if (module, name) not in self.ALLOWED:
            raise ValueError(f"it asks for {module}.{name}, which is no part of an array of numbers")
        if name == "_reconstruct":
            return _reconstruct
        return getattr(np, name)


def _reconstruct(kind: type, shape: tuple[int, ...], letter: bytes) -> np.ndarray:
    """Returns the empty array which a pickle then fills; numpy's own takes any shape, and allocates it."""
    del letter
    if kind is not np.ndarray or shape != (0,):
        raise ValueError(f"it makes a {kind.__name__} of the shape {shape} where an empty array has to be")
    return np.ndarray(shape, np.int8)


def unpickled(file: Any, called: str) -> np.ndarray:
    """Returns the array of numbers that a pickle holds.

    Args:
      file: the pickle, opened; of a length that has been limited.
      called: what an error calls it.

    Raises:
      ValueError: it holds something else.
    """
    try:
        array = ArrayUnpickler(file).load()
    except Exception as error:  # a damaged pickle may raise anything
        raise ValueError(f"{called} is no plain array of numbers: {error}.") from error
    if type(array) is not np.ndarray or array.dtype.hasobject:
        raise ValueError(f"{called} is no plain array of numbers.")
    return array
