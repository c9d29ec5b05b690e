"""The explorer, a marimo app: a game, a rule, a step size and a start, and what follows from them.

Started by `gangame explore`. What is computed and drawn is in `exploration` and `panels`; here are the widgets. In a
marimo file a cell is a function of what it takes from other cells, and runs again when one of these has changed.
"""

import marimo

app = marimo.App(width="full", app_title="gangame explorer")


@app.cell
def _():
    import functools

    import jax
    import marimo as mo

    from gangame.lab import exploration, panels, spec
    from gangame.rules import RULES

    jax.config.update("jax_enable_x64", True)  # rounding is no part of what is shown
    game_of = functools.cache(exploration.game_of)
    arrows_of = functools.cache(lambda game: exploration.arrows(game_of(game)))
    rules_of = functools.cache(lambda game: exploration.rules_for(game_of(game)))
    subject_of = functools.cache(lambda game, rule: exploration.subject(game_of(game), rule))
    return RULES, arrows_of, exploration, mo, panels, rules_of, spec, subject_of


@app.cell
def _(exploration, mo):
    asked = mo.cli_args()
    chosen = {"rule": asked.get("rule") or "simultaneous"}  # outlives the list of rules, which each game makes anew
    games = list(dict.fromkeys([asked.get("game") or exploration.PLANES[0], *exploration.PLANES]))
    game = mo.ui.dropdown(games, value=games[0], label="game")
    step = mo.ui.slider(0.01, 1.5, 0.01, value=0.1, label="step size η", show_value=True)
    horizontal = mo.ui.slider(-2, 2, 0.05, value=1.0, label="start, horizontal", show_value=True)
    vertical = mo.ui.slider(-2, 2, 0.05, value=0.5, label="start, vertical", show_value=True)
    return chosen, game, horizontal, step, vertical


@app.cell
def _(chosen, game, mo, rules_of):
    rules = rules_of(game.value)
    shown = chosen["rule"] if chosen["rule"] in rules else rules[0]
    rule = mo.ui.dropdown(rules, value=shown, label="rule", on_change=lambda name: chosen.update(rule=name))
    return (rule,)


@app.cell
def _(exploration, mo, rule):
    numbers = mo.ui.dictionary(
        {
            name: mo.ui.number(value=value, step=0.05, label=name)
            for name, value in exploration.numbers_of(rule.value).items()
        }
    )
    return (numbers,)


@app.cell
def _(RULES, game, horizontal, mo, numbers, rule, spec, step, vertical):
    mo.vstack(
        [
            mo.md(f"## What does a rule do to a game?\n\n**{rule.value}**: {spec.summary(RULES[rule.value])}"),
            mo.hstack([game, rule, *numbers.elements.values()], justify="start", gap=2, wrap=True),
            mo.hstack([step, horizontal, vertical], justify="start", gap=2, wrap=True),
        ]
    )
    return


@app.cell
def _(arrows_of, exploration, game, horizontal, mo, numbers, panels, rule, step, subject_of, vertical):
    subject = subject_of(game.value, rule.value)
    try:
        look = exploration.look(subject, step.value, (horizontal.value, vertical.value), numbers.value)
    except ValueError as error:
        mo.stop(True, mo.callout(str(error), kind="warn"))
    mo.vstack(
        [
            mo.hstack(
                [
                    mo.stat(value, label=label, caption=caption, bordered=True)
                    for label, value, caption in exploration.words(subject, look)
                ],
                justify="start",
                gap=1,
                wrap=True,
            ),
            panels.panels(subject, arrows_of(game.value), look),
        ]
    )
    return


if __name__ == "__main__":
    app.run()
