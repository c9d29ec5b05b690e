"""Checkpoints of one rule: written by Orbax beside the playing, safe when their manifest is, and read with suspicion.

`checkpoints/RULE/STEP/` is Orbax's own format; it appears under its name when it is complete. Orbax does not notice a
flipped bit, so a step counts only with its manifest (`gangame.lab.manifest`), which is written after it and carries the
hash of the configuration. The newest `KEPT` steps stay.
"""

import contextlib
import logging
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import PyTree
from gangame.lab import manifest, store, strangers
from gangame.lab.spec import UserError

KEPT = 3


class Saved(NamedTuple):
    """A checkpoint that was found intact.

    Attributes:
      step: number of steps done.
      tree: what was saved.
      facts: what was said about it.
    """

    step: int
    tree: PyTree
    facts: dict[str, Any]


class Checkpoints:
    """The checkpoints of one rule. Of several processes the first one writes and reads all of them."""

    def __init__(self, folder: Path, configuration: str):
        """Nothing is written before the first `save`.

        Args:
          folder: where they are.
          configuration: hash of the configuration of the run.
        """
        self.folder = folder.absolute()
        self.configuration = configuration
        self._manager: Any = None
        self._pending: tuple[int, dict[str, Any]] | None = None

    def save(self, step: int, tree: PyTree, facts: dict[str, Any]) -> None:
        """Begins to save; the tree may be donated or changed as soon as this returns.

        Args:
          step: number of steps done.
          tree: arrays; typed keys are saved as their data.
          facts: what JSON can hold, for `Saved` and `latest_facts`.
        """
        self.settle(wait=True)
        with _told(self.folder):
            ocp = _orbax()
            if self._manager is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                options = ocp.CheckpointManagerOptions(
                    max_to_keep=KEPT, cleanup_tmp_directories=True, create=False, multiprocessing_options=_alone(ocp)
                )
                self._manager = ocp.CheckpointManager(self.folder, options=options)
            self._manager.save(step, args=ocp.args.StandardSave(_named(tree)), force=True)
        self._pending = (
            step, {**facts, "step": step, "configuration": self.configuration, "leaves": _kinds(tree)}
        )  # fmt: skip

    def settle(self, wait: bool) -> dict[str, Any] | None:
        """Returns the facts of the checkpoint that has become safe since the last call, if there is one.

        Args:
          wait: whether to wait for the one that is being written.
        """
        if self._pending is None or not (wait or not self._manager.is_saving_in_progress()):
            return None
        (step, facts), self._pending = self._pending, None
        with _told(self.folder):
            self._manager.wait_until_finished()
            self._manager.check_for_errors()
            manifest.write(self.folder / str(step), facts)
        return facts

    def amend(self, step: int, facts: dict[str, Any]) -> None:
        """Says something else about a checkpoint."""
        place = self.folder / str(step)
        manifest.write(place, {**manifest.facts_of(place), **facts})

    def close(self) -> None:
        """Lets go of the folder; what is being written is not waited for."""
        if self._manager is not None:
            with contextlib.suppress(Exception):
                self._manager.close()
            self._manager = None

    def steps(self) -> list[int]:
        """Returns the steps that were saved to their end, the newest first."""
        if not self.folder.is_dir():
            return []
        with store.told(self.folder, "read"):
            found = [int(path.name) for path in self.folder.iterdir() if path.name.isdecimal() and path.name.isascii()]
            return sorted((step for step in found if (self.folder / str(step) / manifest.NAME).exists()), reverse=True)

    def latest_facts(self) -> dict[str, Any] | None:
        """Returns what was said about the newest checkpoint whose manifest is intact."""
        for step in self.steps():
            try:
                facts = _checked(manifest.facts_of(self.folder / str(step)), step)
            except store.ForbiddenError:
                raise
            except UserError:
                continue
            if facts["configuration"] == self.configuration:
                return facts
        return None

    def newest(self, like: PyTree, most: int, damage: list[str]) -> Saved | None:
        """Returns the newest checkpoint that is intact.

        Args:
          like: a tree of the same structure, of arrays or of `jax.ShapeDtypeStruct`.
          most: steps that it may have done at most.
          damage: gets one sentence for each newer checkpoint that is not.

        Raises:
          UserError: what is intact belongs to another configuration.
        """
        for step in self.steps():
            if step > most:
                continue
            place = self.folder / str(step)
            try:
                facts = _checked(manifest.verified(place), step)
                own = facts["configuration"] == self.configuration
                tree = self._restored(place, like, facts) if own else None
            except store.ForbiddenError:
                raise
            except UserError as error:
                damage.append(str(error))
                continue
            if not own:
                raise UserError(f"{place} was saved with another configuration; restore config.json, or start anew.")
            return Saved(step, tree, facts)
        return None

    def forget_after(self, step: int) -> None:
        """Removes what was saved of later steps, which is damaged or not complete; the first process does it."""
        if jax.process_index() != 0:
            return
        with store.told(self.folder, "clean"):
            for path in self.folder.glob("*") if self.folder.is_dir() else ():
                head = path.name.split(".")[0]
                if path.is_dir() and head.isdecimal() and (int(head) > step or path.name != head):
                    (path / manifest.NAME).unlink(missing_ok=True)
                    shutil.rmtree(path)

    def _restored(self, place: Path, like: PyTree, facts: dict[str, Any]) -> PyTree:
        if facts.get("leaves") != _kinds(like):
            raise UserError(f"{place} holds arrays of other names, shapes or types than this run has.")
        places, structure = jax.tree_util.tree_flatten_with_path(like)
        shapes = {store.name_of(each): jax.eval_shape(_data, leaf) for each, leaf in places if leaf.size}
        # Arrays of the host, since only one process reads; these have the shape and none of the memory.
        wanted = {name: np.broadcast_to(np.zeros((), shape.dtype), shape.shape) for name, shape in shapes.items()}
        try:
            ocp = _orbax()
            with ocp.StandardCheckpointer(multiprocessing_options=_alone(ocp)) as reader:
                saved = reader.restore(place / "default", wanted)
        except Exception as error:  # whatever it stumbles over in a file that is not what it was
            raise UserError(f"{place} cannot be read: {store.first_line(error)}.") from error
        leaves = []
        for each, leaf in places:
            data = saved[store.name_of(each)] if leaf.size else jnp.zeros(leaf.shape, leaf.dtype)
            keyed = jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key)
            leaves.append(jax.random.wrap_key_data(data) if keyed else data)
        return jax.tree_util.tree_unflatten(structure, leaves)


def _checked(facts: Any, step: int) -> dict[str, Any]:
    """Returns the facts of a checkpoint, which a stranger may have written."""
    whole = strangers.mapping(facts, "manifest", ["status", "step", "configuration"])
    strangers.choice(whole["step"], "step", (step,))
    return {**whole, "status": strangers.status(whole["status"], step)}


def _named(tree: PyTree) -> dict[str, Any]:
    """Returns copies of the leaves by their place in the tree; Orbax takes none of size zero."""
    places = jax.tree_util.tree_leaves_with_path(tree)
    return {store.name_of(place): _copy(_data(leaf)) for place, leaf in places if leaf.size}


def _copy(leaf: Any) -> Any:
    return leaf.copy() if isinstance(leaf, np.ndarray) else jnp.copy(leaf)


def _kinds(tree: PyTree) -> dict[str, str]:
    """Returns type and shape of each leaf by its place in the tree."""
    return {
        store.name_of(place): f"{leaf.dtype}{list(leaf.shape)}"
        for place, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def _data(leaf: Any) -> Any:
    return jax.random.key_data(leaf) if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf


def _orbax() -> Any:
    import orbax.checkpoint as ocp  # here, because it takes a second to import

    # What it says of a failure in pages comes from its threads; the sentence that is raised here says it in one line.
    logging.getLogger("absl").setLevel(logging.CRITICAL + 1)
    sys.unraisablehook = _quiet_in_threads
    return ocp


def _quiet_in_threads(error: Any) -> None:
    """Says nothing of what tensorstore's threads cannot raise after a save has failed; its failure is raised here."""
    if threading.current_thread() is threading.main_thread():
        sys.__unraisablehook__(error)


def _alone(ocp: Any) -> Any:
    """Returns that this process waits for no other one, which may be gone or know of no folder."""
    return ocp.options.MultiprocessingOptions(primary_host=0, active_processes={0}, barrier_sync_key_prefix="gangame")


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        with store.told(folder, "save to"):
            yield
    except UserError:
        raise
    except Exception as error:  # tensorstore has errors of its own for a disk that is full
        raise UserError(f"Could not save to {folder}: {store.first_line(error)}.") from error
