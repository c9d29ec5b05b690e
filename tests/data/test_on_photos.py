import numpy as np

from gangame import data


def test_images_on_photos_are_their_difference_and_give_both_back():
    plain = data.images("mnist_5000")
    blended, photos = data.on_photos(plain), data.images("photos", size=28)
    for part in ("train", "test"):
        one, mixed = getattr(plain, part), getattr(blended, part)
        assert mixed.pixels.shape == (*one.pixels.shape[:3], 3)
        np.testing.assert_array_equal(mixed.labels, one.labels)
        # Where an image is black the photograph is as it was, and each patch is one of its part.
        patches = {each.tobytes() for each in np.asarray(getattr(photos, part).pixels)[:, 0]}
        rows = np.asarray(mixed.pixels)[:100, 0]
        black = np.all(np.asarray(one.pixels)[:100, 0] == 0, axis=(1, 2))
        assert black.sum() > 50
        assert all(each.tobytes() in patches for each in rows[black])
