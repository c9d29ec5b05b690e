"""What `gangame bench` measures when it is not told: named sets of games, rules, batches and seeds."""

from typing import Any, NamedTuple

PAPER = "mixture:setting=metz_notebook,activation=relu"
"""The mixture at the size of Metz et al. 2017: latents of 256, two hidden layers of 128 in both networks, batches of
512."""
WIDE = "mixture:latent_dim=256,hidden=1024x1024,discriminator_hidden=1024x1024,activation=tanh,batch_size=512"
"""A GAN of two large multi-layer perceptrons, 3.4 million parameters, for spectra."""
PHOTOS = "dcgan:source=photos,size={}"
"""DCGAN on patches of photographs, which need no network, with 64 channels in the largest maps."""


class Setting(NamedTuple):
    """What is measured.

    Attributes:
      games: specs.
      rules: specs.
      seeds: numbers of seeds, played in one program.
      batch_sizes: of games that have batches; `None` is the game's own.
      spectra: specs of games whose spectrum is also taken.
      tasks: whole tasks that are also timed, "toys", "coverage" or "convolutions".
      side: the number of step sizes on each side of the phase diagram of "toys".
      work: floating-point operations of one timed call, about; it sets the number of steps.
      width: of the matrices that show the machine's peak.
      rounds: how often each program has its turn.
      further: settings that are measured after this one.
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
    further: tuple["Setting", ...] = ()

    def facts(self) -> dict[str, Any]:
        """Returns all values by name, as they go to disk."""
        return {**self._asdict(), "further": [part.facts() for part in self.further]}

    def replaced(self, **values: Any) -> "Setting":
        """Returns the setting with other values, in all of its parts."""
        return self._replace(**values, further=tuple(part.replaced(**values) for part in self.further))

    def scaled(self, scale: float) -> "Setting":
        """Returns the setting with so much of the work, in all of its parts, and matrices of 1,024 at most."""
        width = self.width if scale == 1 else min(self.width, 1024)
        further = tuple(part.scaled(scale) for part in self.further)
        return self._replace(work=scale * self.work, width=width, further=further)


LARGE_DCGANS = Setting(
    tuple(PHOTOS.format(size) + dtype for size in (32, 64) for dtype in ("", ",dtype=bfloat16")),
    ("alternating",), batch_sizes=(64, 512), spectra=(PHOTOS.format(64),), work=4e12, width=8192,
)  # fmt: skip
"""float32, and bfloat16 with parameters in float32; by the roofline batches of 64 are bound by launches, and of 512 by
the matrix units."""

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
    "convolutions": Setting((), (), tasks=("convolutions",), rounds=3),
    "accelerator": Setting(
        ("mixture", PAPER), ("alternating", "unrolled:depth=5"), seeds=(1, 16, 64, 256, 1024, 4096), spectra=(WIDE,),
        work=4e12, width=8192, further=(LARGE_DCGANS,),
    ),
    "dcgan": Setting(
        (PHOTOS.format(32),), ("simultaneous", "alternating"), spectra=(f"{PHOTOS.format(32)},width=16",), rounds=3
    ),
    "tiny": Setting(
        ("bilinear",), ("simultaneous", "unrolled:depth=2"), seeds=(1, 2), spectra=("dirac",), tasks=("toys",),
        side=20, work=1e4, width=512, rounds=2,
    ),
}  # fmt: skip
