import numpy as np
import pytest
from PIL import Image

from gangame import data
from gangame.data import pictures

RANDOM = np.random.default_rng(0)


def save(path, shape, mode=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels, mode).save(path, **options)
    return pixels


def test_folders_are_classes_and_every_fifth_picture_is_for_testing(tmp_path):
    known = {}
    for name in ("cats", "dogs"):
        for i in range(7):
            known[name, i] = save(tmp_path / name / f"{i}.png", (6, 6, 3))
    save(tmp_path / ".hidden" / "0.png", (9, 9))
    save(tmp_path / "cats" / ".thumbnail.png", (9, 9))
    (tmp_path / "notes.txt").write_text("no picture")
    found = data.images(tmp_path)
    assert found.facts.classes == ("cats", "dogs")
    assert found.test.labels.tolist() == [0, 1]
    assert found.train.labels.tolist() == 6 * [0] + 6 * [1]
    np.testing.assert_array_equal(found.test.pixels[1], known["dogs", 4])
    np.testing.assert_array_equal(found.train.pixels[5], known["cats", 6])


def test_folders_train_and_test_are_the_split(tmp_path):
    for part, number in (("train", 3), ("test", 1)):
        for i in range(number):
            save(tmp_path / part / "one" / f"{i}.png", (4, 5))
    found = data.images(str(tmp_path))
    assert (found.train.pixels.shape, found.test.pixels.shape) == ((3, 4, 5, 1), (1, 4, 5, 1))
    assert found.facts.classes == ("one",)


def test_pictures_of_all_kinds_become_squares_of_one_size(tmp_path):
    save(tmp_path / "a.png", (8, 8, 4))
    save(tmp_path / "b.jpg", (20, 10, 3))
    save(tmp_path / "c.gif", (10, 30))
    save(tmp_path / "d.tiff", (5, 5))
    save(tmp_path / "e.bmp", (16, 16, 3))
    with pytest.raises(ValueError, match="have 5 different sizes; give size"):
        data.images(tmp_path)
    found = data.images(tmp_path, size=8)
    assert (found.train.pixels.shape, found.test.pixels.shape) == ((4, 8, 8, 3), (1, 8, 8, 3))
    # The middle of a picture, as it stands: without resizing nothing changes.
    assert (found.train.pixels[0] == pictures.decoded(tmp_path / "a.png", "a", 3)).all()


def test_a_camera_on_its_side_is_turned_up(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter clockwise to be seen
    pixels = save(tmp_path / "a.png", (4, 6), exif=exif)
    for i in range(4):
        save(tmp_path / f"b{i}.png", (6, 4))
    train = data.images(tmp_path).train
    assert train.shape == (6, 4, 1)
    np.testing.assert_array_equal(train.pixels[0, ..., 0], np.rot90(pixels, -1))


@pytest.mark.parametrize("content", [b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40), b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_a_file_that_is_no_picture_is_named(tmp_path, content):
    for i in range(5):
        save(tmp_path / f"{i}.png", (4, 4))
    (tmp_path / "2.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"2\.png cannot be read as a picture"):
        data.images(tmp_path)


def test_a_truncated_picture_is_named_when_it_is_read(tmp_path):
    for i in range(5):
        save(tmp_path / f"{i}.png", (40, 40))
    whole = (tmp_path / "3.png").read_bytes()
    (tmp_path / "3.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"3\.png cannot be read as a picture"):
        data.images(tmp_path)


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_more_than_eight_bits_are_refused_and_not_cut_off(tmp_path, kind):
    for i in range(5):
        Image.fromarray(np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4).astype(kind)).save(tmp_path / f"{i}.tif")
    with pytest.raises(ValueError, match="only 8 bits a channel are read"):
        data.images(tmp_path)


def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 100)
    for i in range(5):
        save(tmp_path / f"{i}.png", (11, 10))
    with pytest.raises(ValueError, match=r"it has 10 × 11 pixels, and 100 is the most"):
        data.images(tmp_path)


@pytest.mark.parametrize(
    ("names", "sentence"), [([], "has no pictures"), (["a.png", "b.png"], "has fewer than five pictures of each class")]
)
def test_too_few_pictures_are_told(tmp_path, names, sentence):
    for name in names:
        save(tmp_path / name, (4, 4))
    with pytest.raises(ValueError, match=sentence):
        data.images(tmp_path)
