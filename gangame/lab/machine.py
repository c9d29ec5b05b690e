"""What a result was made with: versions and device."""

import datetime
import importlib.metadata
import os
import platform

from gangame import __version__, blocks

PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy")


def machine() -> dict[str, object]:
    """Returns versions of Python and the packages that matter, and the default device with the number of cores."""
    device = blocks.devices()[0]
    return {
        "gangame": __version__,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
        "device": f"{device.platform} ({device.device_kind})",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def today() -> str:
    """Returns the date."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()
