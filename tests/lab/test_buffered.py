"""Games whose images come in buffers: the same run however it is cut, in one program, and told in a sentence if not."""

import dataclasses

import jax
import numpy as np
import pytest
from lab.album import album, average, draw

from gangame import data, games
from gangame.lab import diary, memory, read_records, session, spec, store
from gangame.lab.bench.points import build_game
from gangame.lab.configure import Request, configure
from gangame.lab.programs import program_of
from gangame.lab.views import view_of

BUFFER, BATCH, STEPS, SEEDS = 12, 4, 17, 2
STAY = BUFFER // BATCH


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with pictures, 24 of them for training, in which runs are played in float64."""
    folder = tmp_path_factory.mktemp("place")
    draw(folder / "pictures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(games.GAMES, "average", average)
        yield folder


@pytest.fixture(scope="module")
def whole(place):
    """A run that nothing befell; the numbers of the buffers that were read for it, and how many were there then."""
    numbers, there, read = [], [], data.Stream.read

    def noted(stream, chunk):
        numbers.append(chunk)
        there.append(sum(each.shape[0] == BUFFER and each.dtype == np.uint8 for each in jax.live_arrays() if each.ndim))
        return read(stream, chunk)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data.Stream, "read", noted)
        work = make(4, place / "whole")
        assert run(work)
    return work, numbers, there


def make(every, folder, **options):
    game = f"average:folder={folder.parent / 'pictures'},buffer={BUFFER}"
    request = Request(game, ["simultaneous"], STEPS, SEEDS, ["0.1"], batch_size=BATCH, every=every, dtype="float64")
    config = configure(request)
    store.write_json(folder / "config.json", {"config": config.to_json()})
    return session.Session(config, folder, **options)


def run(work, stopped=lambda position: False):
    """Plays until told to stop; returns whether the run has come to its end."""
    reached = []
    return work.run(work.config.lanes[0], lambda position, _: reached.append(position), lambda: stopped(reached[-1]))


def players_of(work):
    return work.snapshots.load(work.config.lanes[0], [])[STEPS]


def filled(game, images):
    return game._replace(sample=dataclasses.replace(game.sample, data=game.sample.data.filled(images)))


def test_each_buffer_is_played_for_one_pass_and_read_once(whole):
    work, numbers, there = whole
    assert max(there) - there[0] == 1  # so that with the one that is read there are two
    assert numbers == list(range(-(-STEPS // STAY)))  # and none beyond the end
    images, game = work.game.sample.data, work.game
    in_epochs = np.concatenate([images.stream.places(chunk) for chunk in range(4)]).reshape(2, -1)
    assert (np.sort(in_epochs, axis=1) == np.arange(24)).all()  # two buffers are the set, in another order each time

    @jax.jit
    def sampled(key, step, images):
        _, key_steps, _ = jax.random.split(key, 3)
        return filled(game, images).sample(jax.random.fold_in(key_steps, step))["real"]

    for seed, key in enumerate(work.config.keys()):
        mean = np.zeros(16)
        for step in range(STEPS):
            real = np.asarray(sampled(key, step, images.stream.buffer(step // STAY)))
            mean -= 0.1 * (mean - real.mean(axis=0))
        np.testing.assert_allclose(players_of(work)["mean"][seed], mean, rtol=1e-12)  # sums of 4 images, contracting


def test_a_run_that_is_cut_and_fails_goes_on_to_the_very_same_bits_in_one_program(whole, place, num_compiled, gangame):
    pictures, away, folder = place / "pictures", place / "away", place / "cut"
    assert not run(make(5, folder), lambda position: position == 5)  # within the second buffer, looked at otherwise

    (pictures / "a" / "99.png").write_bytes((pictures / "a" / "00.png").read_bytes())
    with pytest.raises(spec.UserError, match=r"begun with other images than average:.* finds now"):
        run(make(5, folder))
    (pictures / "a" / "99.png").unlink()

    compiled = []

    def lost(position):
        compiled.append(num_compiled())
        if position == 10:
            pictures.rename(away)
        return False

    with pytest.raises(spec.UserError, match=r"Buffer [45] of '.*' could not be read: .*/\d\d.png cannot be read as a"):
        run(make(5, folder, save_every=1e9), lost)
    away.rename(pictures)
    assert len(compiled) >= 2
    assert len(set(compiled)) == 1  # buffers were exchanged, and nothing was compiled
    safe = make(5, folder).status["simultaneous"]["steps"]
    assert safe in (10, 15)  # one of the buffers may have been on its way

    status, out, err = gangame(f"play --quiet --resume {folder}")
    assert status == 0, err
    assert out == f"{folder}/report.html\n"
    assert [event["step"] for event in diary.read(folder) if event["event"] == "resumed"] == [5, safe]
    for one, other in zip(*map(jax.tree.leaves, (players_of(make(5, folder)), players_of(whole[0]))), strict=True):
        assert (one == other).all()
    assert read_records(folder)["step"].tolist() == [step for step in (5, 10, 15, 17) for _ in range(SEEDS)]


def test_what_is_measured_does_not_depend_on_the_buffer_and_is_that_of_all_images(place):
    game, resident = (album(f"{place}/pictures", buffer=buffer, batch_size=BATCH) for buffer in (BUFFER, None))
    view, expected = view_of(game), view_of(resident)
    assert view.measures == expected.measures
    players, key = resident.init(jax.random.key(0)), jax.random.key(1)
    buffers = [filled(game, game.sample.data.stream.buffer(chunk)) for chunk in range(2)]
    first, second, whole = (jax.jit(view.observe)(each, players, key) for each in (*buffers, resident))
    for name in ("nearest", "classes", "class_kl"):
        assert first[name] == second[name] == whole[name]
    assert first["loss_discriminator"] != second["loss_discriminator"]  # this is that of the images that are played


def test_two_buffers_have_to_fit(place):
    work = make(4, place / "room")
    made = program_of(work.config, work.config.lanes[0], work.game, work.view.observe)
    assert made.buffer_bytes == 2 * BUFFER * (16 + 4)
    needed = memory.resident_bytes(made, 1)
    memory.check_resident(made, 1, needed)
    with pytest.raises(memory.NoRoomError, match=r"state, records and two buffers of images, .* --seeds 1 would fit"):
        memory.check_resident(made, 1, needed - made.buffer_bytes / 2)
    with pytest.raises(memory.NoRoomError, match="not one seed would fit; make the game or its buffer smaller"):
        memory.check_resident(made, 1, made.buffer_bytes)


@pytest.mark.parametrize(
    "typed",
    [
        "sweep GAME simultaneous --jobs 1",
        "compare GAME simultaneous",
        "explore GAME simultaneous",
    ],
)
def test_commands_that_exchange_no_buffer_say_so(place, gangame, typed):
    status, _, err = gangame(typed.replace("GAME", f"average:folder={place}/pictures,buffer=12"))
    assert (status, err.count("\n")) == (2, 1)
    assert "which gangame play alone exchanges; leave buffer out here" in err or "games of two scalars" in err


def test_the_bench_says_so_too(place):
    with pytest.raises(spec.UserError, match="gangame play alone"):
        build_game(f"average:folder={place}/pictures,buffer=12")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [("buffer=0", "buffer_size is 0; it has to be from 1 to 24"), ("buffer=12,passes=0", "passes is 0")],
)
def test_numbers_that_are_no_buffer_are_refused(place, gangame, arguments, sentence):
    status, _, err = gangame(f"play average:folder={place}/pictures,{arguments} simultaneous")
    assert status == 2
    assert sentence in err
