"""Pictures from files: looked at before they are decoded, cut to a square and brought to size."""

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "TIFF", "WEBP")
"""What is opened. Pillow knows more, some of which start other programs."""
MOST_PIXELS = 2**26
"""Pixels of a picture, from which on it is not decoded."""
MODES = {1: "L", 3: "RGB"}


@contextlib.contextmanager
def opened(file: Path | io.BytesIO, called: str) -> Iterator[Any]:
    """Gives the picture in a file as Pillow has it, of which only the header has been read.

    Args:
      file: the file, or its content.
      called: what an error calls it.

    Raises:
      ValueError: it is no picture, damaged, or of too many pixels.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ValueError("Reading pictures needs Pillow, which is not installed: pip install pillow.") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit here is lower
            image = Image.open(file, formats=FORMATS)
        with image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(f"it has {image.width} × {image.height} pixels, and {MOST_PIXELS:,} is the most")
            if image.mode == "F" or image.mode.startswith("I"):
                raise ValueError(f"its mode is {image.mode}, and only 8 bits a channel are read; save it so")
            yield image
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:  # Pillow raises all of these
        raise ValueError(f"{called} cannot be read as a picture: {error}.") from error


def decoded(file: Path | io.BytesIO, called: str, channels: int, size: int | None = None) -> np.ndarray:
    """Returns a picture `[height, width, channels]`, uint8, the way up that its camera says.

    Args:
      file: the file, or its content.
      called: what an error calls it.
      channels: 1, grey, or 3, colour.
      size: height and width of the result, see `squared`; `None` leaves them as they are.

    Raises:
      ValueError: as `opened`.
    """
    with opened(file, called) as image:
        from PIL import ImageOps

        pixels = np.asarray(ImageOps.exif_transpose(image).convert(MODES[channels]))
    pixels = pixels.reshape(*pixels.shape[:2], channels)
    return pixels if size is None else squared(pixels, size)


def squared(pixels: np.ndarray, size: int) -> np.ndarray:
    """Returns the largest square in the middle of a picture `[height, width, channels]`, resized by Lanczos' filter.

    Args:
      pixels: uint8, any number of channels.
      size: height and width of the result.
    """
    height, width, channels = pixels.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[top : top + side, left : left + side]
    if side == size:
        return square
    from PIL import Image

    layers = [Image.fromarray(np.ascontiguousarray(square[..., i])) for i in range(channels)]
    return np.stack([np.asarray(layer.resize((size, size), Image.Resampling.LANCZOS)) for layer in layers], axis=-1)
