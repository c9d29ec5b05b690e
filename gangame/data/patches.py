"""Patches of photographs that scikit-image and scikit-learn ship: textures, photographs, a stereo pair."""

from pathlib import Path

import numpy as np

from gangame.data import shipped
from gangame.data.pictures import decoded
from gangame.data.sources import Facts, Found, Stored

SIZE = 32
SPLIT = "train: patches in the left four fifths of each photograph; test: those in the right fifth; no pixel is in both"
TEXTURES = ("brick", "grass", "gravel")
PHOTOS = {
    "astronaut": "astronaut.png",
    "cat": "chelsea.png",
    "coffee": "coffee.png",
    "galaxies": "hubble_deep_field.jpg",
    "retina": "retina.jpg",
    "rocket": "rocket.jpg",
    "tissue": "ihc.png",
}
SAMPLES = {"palace": "china.jpg", "flower": "flower.jpg"}


def textures(size: int = SIZE) -> Found:
    """Grey patches of brick, grass and gravel, from scikit-image."""
    scans = [decoded(_skimage(f"{name}.png"), name, channels=1) for name in TEXTURES]
    return _found(scans, size, max(size // 4, 1), Facts(
        name="textures",
        content=f"patches of {size}×{size} pixels of three surfaces, a quarter of a patch apart",
        classes=TEXTURES,
        licence="CC0",
        source="scikit-image, skimage.data: brick, grass, gravel",
        split=SPLIT,
    ))  # fmt: skip


def photos(size: int = SIZE) -> Found:
    """Colour patches of nine photographs, from scikit-image and scikit-learn."""
    files = [_skimage(name) for name in PHOTOS.values()]
    files += [shipped.file("scikit-learn", "sklearn", f"datasets/images/{name}") for name in SAMPLES.values()]
    scans = [decoded(file, file.name, channels=3) for file in files]
    return _found(scans, size, max(size // 2, 1), Facts(
        name="photos",
        content=f"patches of {size}×{size} pixels of nine photographs, half a patch apart, more of the large ones",
        classes=(*PHOTOS, *SAMPLES),
        licence=(
            "cat, coffee, retina: CC0; astronaut, galaxies, rocket: public domain; tissue: no known restrictions; "
            "palace, flower: CC BY 2.0"
        ),
        source=(
            "scikit-image, skimage.data, which names the authors; scikit-learn's china.jpg (flickr.com/danielbuechele) "
            "and flower.jpg (flickr.com/vultilion)"
        ),
        split=SPLIT,
    ))  # fmt: skip


def stereo(size: int = SIZE) -> Found:
    """Patches of a stereo pair with its disparities, seven channels, from scikit-image."""
    left, right = (decoded(_skimage(f"motorcycle_{side}.png"), side, channels=3) for side in ("left", "right"))
    with np.load(_skimage("motorcycle_disp.npz"), allow_pickle=False) as archive:
        disparity = archive["arr_0"]
    known = np.isfinite(disparity)
    quarters = np.round(4 * np.where(known, disparity, 0)).astype(np.uint8)
    scene = np.concatenate([left, right, quarters[..., None]], axis=-1)
    return _found([scene], size, max(size // 4, 1), Facts(
        name="stereo",
        content=(
            f"patches of {size}×{size} pixels, a quarter of a patch apart, of seven channels: 0 to 2 the left view, 3 "
            "to 5 the right view, 6 the disparity of the left view in quarters of a pixel (7 to 60 pixels), 0 where "
            "it is not known; what is at column x on the left is at x minus the disparity on the right"
        ),
        classes=("motorcycle",),
        licence="none stated",
        source=(
            "Scharstein et al., \"High-resolution stereo datasets with subpixel-accurate ground truth\", 2014, "
            "http://vision.middlebury.edu/stereo/data/scenes2014/, a quarter in size, as scikit-image ships it"
        ),
        split=SPLIT,
    ))  # fmt: skip


def _skimage(name: str) -> Path:
    return shipped.file("scikit-image", "skimage", f"data/{name}")


def _found(scans: list[np.ndarray], size: int, stride: int, facts: Facts) -> Found:
    """Returns all patches of photographs `[height, width, channels]`, the number of each its label."""
    narrowest = min(min(scan.shape[0], scan.shape[1] - 4 * scan.shape[1] // 5) for scan in scans)
    if size > narrowest:
        raise ValueError(f"size is {size}; patches of {facts.name!r} have {narrowest} pixels along a side at most.")
    parts: list[Stored] = []
    for left, right in ((0, 4), (4, 5)):
        cut = [cut_up(scan[:, left * scan.shape[1] // 5 : right * scan.shape[1] // 5], size, stride) for scan in scans]
        labels = np.repeat(np.arange(len(cut), dtype=np.int32), [len(each) for each in cut])
        parts.append(Stored(np.concatenate(cut), labels))
    return Found(parts[0], parts[1], facts)


def cut_up(picture: np.ndarray, size: int, stride: int) -> np.ndarray:
    """Returns the patches `[num_patches, size, size, channels]` of a picture, row by row.

    Args:
      picture: `[height, width, channels]`.
      size: height and width of a patch.
      stride: pixels from one patch to the next.
    """
    windows = np.lib.stride_tricks.sliding_window_view(picture, (size, size), axis=(0, 1))[::stride, ::stride]
    return np.moveaxis(windows, 2, -1).reshape(-1, size, size, picture.shape[-1])
