import io

from rich.console import Console

from gangame.lab.terminal import PlayProgress


def test_brackets_in_the_label_of_a_bar_are_shown():
    progress = PlayProgress(quiet=False)
    progress.add_task("alternating:order=[x,y]", total=1)
    shown = Console(file=io.StringIO(), width=100)
    shown.print(progress.make_tasks_table(progress.tasks))
    assert "alternating:order=[x,y]" in shown.file.getvalue()
