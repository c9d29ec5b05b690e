import jax
import numpy as np
import pytest

from gangame.lab import experiment


@pytest.fixture
def promotion():
    return "standard"


@pytest.fixture(scope="module")
def arrays(script):
    with jax.enable_x64(False), jax.numpy_dtype_promotion("standard"):
        return {name: np.asarray(each) for name, each in script.run(script.TINY, jax.random.key(0)).items()}


def test_every_cell_has_its_records(script, arrays):
    for depth in script.TINY.depths:
        modes = arrays[f"equal/{depth}/modes"]
        assert modes.shape == (2, 25)
        assert np.all((modes >= 0) & (modes <= 8))
        assert np.all((arrays[f"equal/{depth}/high_quality"] >= 0) & (arrays[f"equal/{depth}/high_quality"] <= 1))
        assert np.all(
            (arrays[f"equal/{depth}/reverse_kl"] > -1e-6) & (arrays[f"equal/{depth}/reverse_kl"] <= np.log(8))
        )


def test_all_depths_start_alike_and_then_part(arrays):
    plain, unrolled = arrays["equal/0/samples"], arrays["equal/1/samples"]
    np.testing.assert_array_equal(plain[0], unrolled[0])
    assert np.abs(plain[-1] - unrolled[-1]).max() > 0.01


def test_the_summary_counts_seeds(script):
    config = script.Config(variants=("equal",), depths=(0,), num_seeds=4, num_steps=50)
    modes = np.full((4, 25), 8)
    modes[:, :10] = 3
    modes[0, 12] = 7
    modes[1, -1] = 6
    cell = {"modes": modes, "high_quality": np.full((4, 25), 0.5), "reverse_kl": np.zeros((4, 25))}
    cell |= {"compile_seconds": np.array(1.0), "steps_per_second": np.array(2.0)}
    summary = script.summarize(config, {f"equal/0/{name}": each for name, each in cell.items()})["equal"]["depth 0"]
    assert summary["modes"][0] == 7.5
    assert summary["seeds_with_all_modes"] == 3
    assert summary["first_step_with_all_modes_in_all_seeds"] == 11 * 2  # the eleventh record, two steps apart
    low, high = summary["share_with_all_modes_wilson_95"]
    # Wilson 1927: the roots p of (3/4 − p)² = z² p(1 − p)/4
    for root in (low, high):
        assert (0.75 - root) ** 2 == pytest.approx(1.959964**2 * root * (1 - root) / 4, rel=1e-5)


def test_the_figures_can_be_drawn(script, arrays):
    with jax.enable_x64(False):
        assert set(script.draw(script.TINY, arrays)) == {"samples", "modes", "rates"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--variants nosuch", "has to be one of equal, fast_discriminator"),
        ("--depths -1", "depths have to be 0 or more"),
        ("--num-steps 30", "a multiple of 25"),
        ("--num-seeds 0", "at least one seed"),
    ],
)
def test_bad_settings_are_told_in_one_sentence(script, capsys, tmp_path, options, sentence):
    with pytest.raises(SystemExit) as stopped:
        experiment.main(script, [*options.split(), "--output", str(tmp_path)])
    assert stopped.value.code == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
