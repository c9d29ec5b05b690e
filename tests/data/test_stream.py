import dataclasses
import threading
import time

import jax
import numpy as np
import pytest

import gangame as gg
from gangame import data, games, rules
from gangame.data.images import find
from gangame.data.stream import Stream

KEY = jax.random.key(0)


def digits(buffer_size, **options):
    found = find("digits")
    return Stream(found.train, found.facts, buffer_size, **options)


def test_every_epoch_has_every_image_once_in_another_order():
    stream = digits(1000)
    places = np.concatenate([stream.places(chunk) for chunk in range(5)])
    size = stream.source.size
    first, second = places[:size], places[size : 2 * size]
    assert sorted(first) == sorted(second) == list(range(size))
    assert (first != second).mean() > 0.9
    assert (digits(1000, seed=1).places(0) != stream.places(0)).mean() > 0.9


def test_a_buffer_has_the_images_and_their_labels():
    stream, whole = digits(100), data.images("digits").train
    buffer, places = stream.buffer(7), stream.places(7)
    assert (buffer.pixels == whole.pixels[places]).all()
    assert (buffer.labels == whole.labels[places]).all()
    assert (buffer.white, buffer.shape) == (16, (8, 8, 1))


def test_a_game_plays_a_stream_in_one_program_and_the_same_however_it_is_cut(num_compiled):
    game = games.digits(hidden=(4,), discriminator_hidden=(4,), batch_size=8)
    rule, stream = rules.simultaneous(0.01), digits(100)

    @jax.jit
    def step(run, images):
        streamed = game._replace(sample=dataclasses.replace(game.sample, data=images.flat()))
        return gg.advance(streamed, rule, run, 3)

    begin = gg.start(game, rule, KEY)
    first = stream.fold(step, begin, 1)
    before = num_compiled()
    cut = stream.fold(step, first, 2, start=1)
    whole = stream.fold(step, begin, 3)
    assert num_compiled() == before
    assert int(whole.step) == 9
    for one, other in zip(jax.tree.leaves(whole.players), jax.tree.leaves(cut.players), strict=True):
        assert (one == other).all()
    # And it is the data of the buffers that are played: with others the players end elsewhere.
    other = digits(100, seed=1).fold(step, begin, 3)
    assert any(
        (one != two).any() for one, two in zip(*map(jax.tree.leaves, (whole.players, other.players)), strict=True)
    )


class Watched:
    """A source that notes how often it has been read, and by whom."""

    shape = (1, 1, 1)
    white = 255
    size = 8

    def __init__(self):
        self.reads, self.changed = [], threading.Condition()

    def take(self, index):
        with self.changed:
            self.reads.append(threading.current_thread())
            self.changed.notify_all()
        return np.zeros((len(index), 1, 1, 1), np.uint8), np.zeros(len(index), np.int32)


def test_the_next_buffer_is_read_while_one_is_at_work_and_no_third_one():
    source, num_chunks = Watched(), 3

    def step(done, images):
        expected = min(done + 2, num_chunks)  # this buffer and those before it, and the next one
        with source.changed:
            assert source.changed.wait_for(lambda: len(source.reads) >= expected, timeout=60)
        time.sleep(0.05)  # and that is all, however long this takes
        assert len(source.reads) == expected
        return done + 1

    assert Stream(source, find("digits").facts, 2).fold(step, 0, num_chunks) == num_chunks
    assert threading.main_thread() not in source.reads


def test_an_error_of_the_reader_arrives():
    class Broken(Watched):
        def take(self, index):
            raise ValueError("3.png cannot be read as a picture")

    with pytest.raises(ValueError, match=r"3\.png"):
        Stream(Broken(), find("digits").facts, 2).fold(lambda carry, images: carry, 0, 1)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: data.stream("digits", 2000), "buffer_size is 2000; it has to be from 1 to 1,442"),
        (lambda: data.stream("digits", 8, part="validation"), "part is 'validation'"),
        (lambda: data.stream("digits", 8, seed=-1), "seed is -1"),
        (
            lambda: data.stream("digits", 8, mesh=jax.make_mesh((1,), ("data",)), axis="rows"),
            "axis is 'rows'; the mesh",
        ),
        (lambda: digits(8).fold(lambda carry, images: carry, 0, -1), "num_chunks is -1"),
    ],
)
def test_bad_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
