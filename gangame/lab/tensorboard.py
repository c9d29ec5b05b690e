"""The same numbers and pictures for TensorBoard: `tensorboard/RULE`, by tensorboardX, which needs no TensorFlow."""

from collections.abc import Mapping

import jax
import numpy as np

from gangame.lab.lane import Lane
from gangame.lab.session import Session
from gangame.lab.spec import UserError


class Board:
    """What TensorBoard shows of one rule; on resume, what was shown of later steps is withdrawn."""

    def __init__(self, session: Session, lane: Lane):
        """Opens the log.

        Args:
          session: the run.
          lane: the rule.

        Raises:
          UserError: tensorboardX is not installed.
        """
        try:
            from tensorboardX import SummaryWriter  # here, because it is an extra
        except ImportError:
            raise UserError("--tensorboard needs tensorboardX: pip install 'gangame[logs]'") from None
        self._session, self._lane = session, lane
        done = session.status.get(lane.label, {}).get("steps", 0)
        folder = session.folder / "tensorboard" / lane.slug
        self._writer = SummaryWriter(str(folder), purge_step=done + 1 if done else None)

    def show(self, position: int, measured: Mapping[str, np.ndarray]) -> None:
        """Shows the records of a piece, and the players if they were kept at its end.

        Args:
          position: steps done.
          measured: for each measure `[seeds, records]`.
        """
        every = self._session.config.every
        for name, values in measured.items():
            steps = position - every * np.arange(values.shape[1])[::-1]
            for step, of_seeds in zip(steps, values.T, strict=True):
                finite = of_seeds[np.isfinite(of_seeds)]
                if len(finite):
                    self._writer.add_scalar(f"mean_over_seeds/{name}", float(finite.mean()), int(step))
                self._writer.add_scalar(f"seeds_not_finite/{name}", len(of_seeds) - len(finite), int(step))
        if self._session.snapshots.path(self._lane, position).exists():
            self._show_players(position)
        self._writer.flush()

    def _show_players(self, position: int) -> None:
        players = self._session.snapshots.load(self._lane, [])[position]
        for place, leaf in jax.tree_util.tree_leaves_with_path(players):
            finite = np.asarray(leaf, np.float32)
            finite = finite[np.isfinite(finite)]
            if finite.size:
                name = jax.tree_util.keystr(place, simple=True, separator="/")
                self._writer.add_histogram(f"{name}/all_seeds", finite, position)
        from gangame.lab.pictures import image_of_samples  # here, because matplotlib takes a second to import

        image = image_of_samples(self._session, self._lane, players, position)
        if image is not None:
            self._writer.add_image("samples_of_seed_0", image, position, dataformats="HWC")
