"""Sizes of an experiment with GANs on one set of images, and the network that judges what they generate."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gangame.lab.experiment import check_choice
from gangame.metrics import FeatureNetwork, feature_network


class ImageSetting(NamedTuple):
    """Sizes of everything.

    Attributes:
      images: the set, of `data.images`.
      judge: the shipped feature network of the set, or "" where there is none.
      width: channels of the largest maps of both networks.
      kernel_size: of all convolutions.
      latent_dim: size of the latents.
      batch_size: images and latents in a step.
      learning_rate: of both players.
      num_steps: of each GAN.
      num_samples: how many samples are judged.
    """

    images: str
    judge: str
    width: int
    kernel_size: int
    latent_dim: int
    batch_size: int
    learning_rate: float
    num_steps: int
    num_samples: int


def check_setting(settings: Mapping[str, ImageSetting], name: str, judge: str, num_seeds: int) -> None:
    """Complains of what an experiment over seeds cannot be run with.

    Args:
      settings: by name.
      name: of the one that is chosen.
      judge: file of a feature network, or "" for the shipped one.
      num_seeds: GANs of each kind.

    Raises:
      ValueError: an unknown name, no judge, or fewer seeds than an interval needs.
    """
    check_choice("setting", name, settings)
    if num_seeds < 2:
        raise ValueError(f"num_seeds is {num_seeds}; it has to be 2 or more, for an interval.")
    if not (judge or settings[name].judge):
        raise ValueError(
            f"No feature network is shipped for the setting {name!r}; judge has to be a file of weights, which "
            "experiments/feature_classifiers.py makes."
        )


def judge_of(setting: ImageSetting, judge: str) -> FeatureNetwork:
    """Returns the network that judges: the one of the file, or with "" the shipped one.

    Raises:
      ValueError: the file is missing or damaged.
    """
    return feature_network(Path(judge) if judge else setting.judge)
