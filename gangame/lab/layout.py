"""Where a run lies: on one device, its seeds cut over several, or every sample cut over several."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gangame import parallel
from gangame.core import Game, PyTree
from gangame.data import Images, Stream
from gangame.lab import processes
from gangame.lab.spec import UserError
from gangame.play import Run

SPREADS = ("seeds", "batch")
AXIS = "devices"


class Layout:
    """Where arrays are, all of whose leaves have the seeds as their first axis.

    Attributes:
      parts: into how many parts the seeds are cut.
      memories: how many times the memory that one process or accelerator sees there is.
    """

    def __init__(self, spread: str | None = None, device: str | None = None):
        """Looks which devices there are.

        Args:
          spread: "seeds" or "batch", over all devices of all processes; `None` stays on one device.
          device: their kind; the best there is by default.
        """
        self.spread = spread
        self._mesh: Any = None if spread is None else Mesh(np.array(jax.devices(device)), (AXIS,))
        num_devices = 1 if self._mesh is None else self._mesh.size
        self.parts = num_devices if spread == "seeds" else 1
        own = jax.process_count() if jax.default_backend() == "cpu" else num_devices
        self.memories = own if spread == "seeds" else 1

    def check(self, num_seeds: int) -> None:
        """Makes sure that the seeds can be cut.

        Raises:
          UserError: they cannot.
        """
        if num_seeds % self.parts:
            raise UserError(
                f"{num_seeds} seeds cannot be spread evenly over {self.parts} devices; take a multiple of "
                f"{self.parts} as --seeds, or --spread batch."
            )

    def game(self, game: Game) -> Game:
        """Returns the game with its arrays on every device, and with its samples cut if they are what is spread.

        Raises:
          UserError: they cannot be cut.
        """
        if self._mesh is None:
            return game
        if self.spread == "batch":
            game = parallel.spread(game, self._mesh)
            key = jax.eval_shape(lambda: jax.random.key(0))
            try:
                jax.eval_shape(lambda key: game.losses(game.init(key), game.sample(key)), key)
            except ValueError as error:
                raise UserError(f"--spread batch: {error}") from error
        return self.everywhere(game)

    def everywhere(self, tree: PyTree) -> PyTree:
        """Returns the tree with its arrays on every device."""
        if self._mesh is None:
            return tree
        return jax.tree.map(lambda leaf: self._put(leaf, NamedSharding(self._mesh, PartitionSpec())), tree)

    def cut(self, stream: Stream) -> Stream:
        """Returns the stream whose buffers are cut over the devices, if samples are; else they lie on every device.

        Raises:
          UserError: they cannot be cut.
        """
        if self.spread != "batch":
            return stream
        try:
            return dataclasses.replace(stream, mesh=self._mesh, axis=AXIS)
        except ValueError as error:
            raise UserError(f"--spread batch: {error}") from error

    def buffer(self, stream: Stream, chunk: int) -> Images:
        """Returns a buffer of a stream, which is as `cut` says, where it belongs."""
        if self._mesh is None or self.spread == "batch":
            return stream.buffer(chunk)
        pixels, labels = self.everywhere(stream.read(chunk))
        return Images(pixels, labels, stream.source.shape, stream.source.white)

    def of_buffer(self, tree: PyTree) -> PyTree:
        """Returns shapes of arrays of a buffer, with the place where these belong."""
        if self._mesh is None:
            return tree
        place = NamedSharding(self._mesh, PartitionSpec(AXIS) if self.spread == "batch" else PartitionSpec())
        return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=place), tree)

    def of(self, tree: PyTree) -> PyTree:
        """Returns where each leaf lies: cut along the seeds, or everywhere if it has but one number for each.

        The records of a run lie everywhere.
        """
        if self._mesh is None:
            return None
        places = jax.tree.map(lambda leaf: NamedSharding(self._mesh, self._spec(leaf)), tree)
        return places._replace(records=self._everywhere(tree.records)) if isinstance(tree, Run) else places

    def compiled(self, function: Callable[..., PyTree], common: PyTree, *trees: PyTree) -> Callable[..., PyTree]:
        """Returns `function(common, *trees)`, compiled for trees that lie as `of` says, as does the result.

        The function treats all seeds alike; it gets the part that is on its device, and all of what they have in
        common, such as the game, which lies everywhere but for what has been cut over the devices.
        """
        if self._mesh is None:
            return jax.jit(function).lower(common, *trees).compile()
        out = jax.eval_shape(function, common, *trees)
        if self.spread == "seeds":
            # Nothing goes between the seeds, so each device may as well play a run of its own.
            cut = PartitionSpec(AXIS)
            function = jax.shard_map(
                function, mesh=self._mesh, in_specs=(PartitionSpec(), *(cut for _ in trees)), out_specs=cut,
                check_vma=False,
            )  # fmt: skip
        places = (jax.tree.map(self._common_place, common), *(self.of(tree) for tree in trees))
        return jax.jit(function, in_shardings=places, out_shardings=self.of(out)).lower(common, *trees).compile()

    def made(self, make: Callable[[], PyTree]) -> PyTree:
        """Returns what a function makes, where it belongs."""
        return jax.jit(make, out_shardings=self.of(jax.eval_shape(make)))()

    def placed(self, tree: PyTree, like: PyTree) -> PyTree:
        """Returns arrays of the host, which the first process has, where they belong."""
        data = processes.shared(None if tree is None else _data(tree), jax.eval_shape(_data, like))
        return jax.tree.map(self._place, data, like)

    def whole(self, tree: PyTree) -> PyTree:
        """Returns all of a tree on the host of every process, leaf by leaf; on one device it stays there."""
        return tree if self._mesh is None else jax.tree.map(self._whole, _data(tree))

    def _common_place(self, leaf: Any) -> NamedSharding:
        place = getattr(leaf, "sharding", None)
        return place if isinstance(place, NamedSharding) else NamedSharding(self._mesh, PartitionSpec())

    def _everywhere(self, tree: PyTree) -> PyTree:
        return jax.tree.map(lambda leaf: NamedSharding(self._mesh, PartitionSpec()), tree)

    def _spec(self, leaf: Any) -> PartitionSpec:
        return PartitionSpec(AXIS) if self.spread == "seeds" and leaf.ndim > 1 else PartitionSpec()

    def _place(self, leaf: Any, like: Any) -> jax.Array:
        """Without the weak types and layouts of another process, so that the same program is compiled."""
        sharding = None if self._mesh is None else NamedSharding(self._mesh, self._spec(like))
        keyed = jax.dtypes.issubdtype(like.dtype, jax.dtypes.prng_key)
        data = jax.numpy.asarray(leaf) if sharding is None else self._put(leaf, sharding)
        return jax.random.wrap_key_data(data, impl=jax.random.key_impl(like)) if keyed else data

    def _put(self, leaf: Any, sharding: NamedSharding) -> Any:
        if isinstance(leaf, jax.Array) and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            data = self._put(jax.random.key_data(leaf), sharding)
            return jax.random.wrap_key_data(data, impl=jax.random.key_impl(leaf))
        if not isinstance(leaf, jax.Array | np.ndarray):  # a number, which has no place
            return leaf
        content = np.asarray(leaf)
        return jax.make_array_from_callback(content.shape, sharding, lambda index: content[index])

    def _whole(self, leaf: jax.Array) -> np.ndarray:
        if not leaf.is_fully_replicated:
            leaf = jax.jit(lambda leaf: leaf, out_shardings=NamedSharding(self._mesh, PartitionSpec()))(leaf)
        return np.asarray(leaf)


def _data(tree: PyTree) -> PyTree:
    """Returns the tree with the data of its typed keys."""
    return jax.tree.map(
        lambda leaf: jax.random.key_data(leaf) if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf, tree
    )
