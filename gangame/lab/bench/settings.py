"""What `gangame bench` measures when it is not told: named sets of games, rules, batches and seeds."""

from typing import NamedTuple

PAPER = "mixture:setting=metz_notebook,activation=relu"
"""The mixture at the size of Metz et al. 2017: latents of 256, two hidden layers of 128 in both networks, batches of
512."""
WIDE = "mixture:latent_dim=256,hidden=1024x1024,discriminator_hidden=1024x1024,activation=tanh,batch_size=512"
"""A GAN of two large multi-layer perceptrons, 3.4 million parameters, for spectra."""


class Setting(NamedTuple):
    """What is measured.

    Attributes:
      games: specs.
      rules: specs.
      seeds: numbers of seeds, played in one program.
      batch_sizes: of games that have batches; `None` is the game's own.
      spectra: specs of games whose spectrum is also taken.
      tasks: whole tasks that are also timed, "toys" or "coverage".
      side: the number of step sizes on each side of the phase diagram of "toys".
      work: floating-point operations of one timed call, about; it sets the number of steps.
      width: of the matrices that show the machine's peak.
      rounds: how often each program has its turn.
    """

    games: tuple[str, ...]
    rules: tuple[str, ...]
    seeds: tuple[int, ...] = (1,)
    batch_sizes: tuple[int | None, ...] = (None,)
    spectra: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    side: int = 1000
    work: float = 4e9
    width: int = 2048
    rounds: int = 7


SETTINGS = {
    "default": Setting(
        ("mixture",), ("simultaneous", "alternating", "extragradient", "unrolled:depth=5"), seeds=(1, 8)
    ),
    "paper": Setting((PAPER,), ("simultaneous", "alternating", "unrolled:depth=5", "unrolled:depth=10")),
    "rules": Setting(
        (PAPER,),
        ("simultaneous", "alternating", "extragradient", "optimistic_adam", "consensus:strength=1", "symplectic",
         "unrolled:depth=1", "unrolled:depth=5", "unrolled:depth=10", "unrolled:depth=20",
         "unrolled:depth=10,remat=true"),
    ),
    "seeds": Setting(("mixture", PAPER), ("alternating",), seeds=(1, 8, 32, 128)),
    "toys": Setting((), (), tasks=("toys",), rounds=3),
    "coverage": Setting((), (), tasks=("coverage",), rounds=3),
    "accelerator": Setting(
        ("mixture", PAPER), ("alternating", "unrolled:depth=5"), seeds=(1, 16, 64, 256, 1024, 4096), spectra=(WIDE,),
        work=4e12, width=8192,
    ),
    "tiny": Setting(
        ("bilinear",), ("simultaneous", "unrolled:depth=2"), seeds=(1, 2), spectra=("dirac",), tasks=("toys",),
        side=20, work=1e4, width=512, rounds=2,
    ),
}  # fmt: skip
