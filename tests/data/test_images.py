import hashlib

import jax
import numpy as np
import pytest

from gangame import data
from gangame.data.images import PACKAGED

KEY = jax.random.key(0)
# How many images are for training and for testing, one image, and SHA-256 of all of them: splits never change. The
# photographs among "photos" are JPEG, whose pixels depend on the decoder, so they have no digest.
SETS = {
    "digits": (1442, 355, (8, 8, 1), "101586caf62a691d"),
    "mnist_5000": (4000, 1000, (28, 28, 1), "78e680a91a7c7dc5"),
    "faces": (160, 40, (25, 25, 1), "727bee1ce6135242"),
    "textures": (8784, 1647, (32, 32, 1), "e8dbce81b6b90b06"),
    "photos": (13466, 3022, (32, 32, 3), None),
    "stereo": (4189, 885, (32, 32, 7), "57840dd034f7d42d"),
}


def digest(*arrays):
    whole = hashlib.sha256()
    for array in arrays:
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()[:16]


@pytest.mark.parametrize("name", SETS)
def test_a_set_that_packages_ship_is_what_it_says(name):
    found = data.images(name)
    num_train, num_test, shape, expected = SETS[name]
    for images, number in ((found.train, num_train), (found.test, num_test)):
        assert images.pixels.shape == (number, *shape)
        assert images.shape == shape
        assert (images.pixels.dtype, images.labels.dtype) == (np.uint8, np.int32)
        assert images.pixels.max() <= images.white
        assert set(np.unique(images.labels)) == set(range(len(found.facts.classes)))
    assert all(isinstance(fact, str) and fact for fact in found.facts._replace(classes="some"))
    if expected:
        assert digest(found.train.pixels, found.train.labels, found.test.pixels, found.test.labels) == expected


def test_every_set_of_the_catalogue_is_tested():
    assert set(SETS) | {"animals"} == set(PACKAGED)


@pytest.mark.parametrize("name", ["digits", "mnist_5000"])
def test_no_image_for_testing_is_one_for_training(name):
    found = data.images(name)
    train = {image.tobytes() for image in np.asarray(found.train.pixels)}
    assert not any(image.tobytes() in train for image in np.asarray(found.test.pixels))


@pytest.mark.parametrize(("name", "least"), [("digits", 0.85), ("mnist_5000", 0.75), ("textures", 0.5)])
def test_labels_belong_to_the_images(name, least):
    # The nearest mean of a class tells most digits apart; of textures, which have no place, the histogram does.
    found = data.images(name)

    def features(images):
        if name == "textures":
            return np.sort(np.asarray(images.flat().pixels, float), axis=1)
        return np.asarray(images.flat().pixels, float)

    train, test = features(found.train), features(found.test)
    labels = np.asarray(found.train.labels)
    means = np.stack([train[labels == each].mean(axis=0) for each in range(len(found.facts.classes))])
    guess = ((test[:, None] - means) ** 2).sum(axis=-1).argmin(axis=1)
    assert np.mean(guess == np.asarray(found.test.labels)) > least


def test_patches_for_testing_share_no_pixel_with_those_for_training():
    # In the stereo pair every place looks different, so a patch says where it comes from.
    found = data.images("stereo")
    rows = {row.tobytes() for patch in np.asarray(found.train.pixels[::7]) for row in patch}
    shared = [row.tobytes() in rows for patch in np.asarray(found.test.pixels) for row in patch]
    assert not any(shared)


def test_the_disparity_says_where_the_left_view_is_on_the_right():
    patches = np.asarray(data.images("stereo", size=128).train.pixels).astype(float)
    left, right, disparity = patches[..., :3], patches[..., 3:6], patches[..., 6] / 4
    known = (disparity > 0) & (np.arange(128) >= disparity)
    shifted = np.clip(np.arange(128) - np.round(disparity).astype(int), 0, 127)
    matched = np.take_along_axis(right, shifted[..., None], axis=2)
    assert np.abs(matched - left)[known].mean() < 0.25 * np.abs(right - left)[known].mean()


def test_a_batch_is_drawn_from_the_images_and_the_labels_with_it():
    images = data.images("digits").train
    batch, labels = jax.jit(lambda images, key: images.labelled(key, 64))(images, KEY)
    assert (batch == images(KEY, 64)).all()
    assert -1 <= batch.min() < batch.max() == 1
    known = dict(zip((each.tobytes() for each in np.asarray(images.pixels)), np.asarray(images.labels), strict=True))
    pixels = np.round((np.asarray(batch) + 1) * 8).astype(np.uint8)
    assert [known[each.tobytes()] for each in pixels] == labels.tolist()
    assert len(set(labels.tolist())) > 5


def test_flat_images_are_the_same_ones():
    images = data.images("digits").train
    flat = images.flat()(KEY, 5)
    assert flat.shape == (5, 64)
    assert (images.flat().pictures(flat) == images(KEY, 5)).all()
    assert images.pictures(images(KEY, 5)).shape == (5, 8, 8, 1)


def test_black_and_white_images_have_two_levels():
    images = data.Images(np.array([[0, 7, 8, 16]], np.uint8), np.zeros(1, np.int32), (1, 4, 1), 16).black_and_white()
    np.testing.assert_array_equal(images.pixels, [[0, 0, 1, 1]])
    np.testing.assert_array_equal(images.scaled(images.pixels), [[-1, -1, 1, 1]])


def test_images_of_another_size_are_resized_to_all_levels():
    found = data.images("digits", size=16)
    assert found.train.pixels.shape == (1442, 16, 16, 1)
    assert len(np.unique(found.train.pixels)) > 200
    native = data.images("digits").train
    small = np.asarray(found.train.pixels, float).reshape(-1, 8, 2, 8, 2).mean(axis=(2, 4)) / 255
    assert np.corrcoef(small.ravel(), np.asarray(native.pixels)[..., 0].ravel() / 16)[0, 1] > 0.95
    assert data.images("textures", size=16).test.shape == (16, 16, 1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "cifar"}, "name is 'cifar'; it has to be one of digits, .*, mnist, .*'tfds:BUILDER', or a folder"),
        ({"name": "mnits"}, "or a folder such as './pictures'. Did you mean 'mnist'?"),
        ({"name": "digits", "size": 0}, "size is 0; it has to be 1 or more"),
        ({"name": "digits", "data_dir": "somewhere"}, "data_dir is for sets of tensorflow-datasets, and 'digits'"),
        ({"name": "digits", "most_bytes": 1000}, "take 115,008 bytes, and most_bytes is 1,000; .* use data.stream"),
        ({"name": "digits", "size": 30_000, "most_bytes": 10}, "and most_bytes is 10"),
        ({"name": "textures", "size": 400}, "size is 400; patches of 'textures' have 103 pixels along a side at most"),
        ({"name": "./nowhere"}, "There is no folder nowhere"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        data.images(**arguments)
