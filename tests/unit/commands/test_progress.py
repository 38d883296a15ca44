import io

from rich.console import Console

from dalsegno.commands.progress import progress


def shown_on(console: Console, messages: list[tuple[str, float, str]]) -> str:
    """What a console of 60 columns gets to see."""
    with progress(console) as show:
        for step, percent, words in messages:
            show(step, percent, words)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_terminal_there_are_plain_lines() -> None:
    """A line for each step and each stride within it, not for each message."""
    console = Console(file=io.StringIO(), force_terminal=False, width=60, markup=False)
    many = [("generating", 20 + n / 10, f"Note {n} of 800") for n in range(801)]

    lines = shown_on(console, [("queued", 0, "Waiting"), *many]).splitlines()

    assert lines[:3] == [
        "  0 %  queued: Waiting",
        " 20 %  generating: Note 0 of 800",
        " 30 %  generating: Note 100 of 800",
    ]
    assert lines[-1] == "100 %  generating: Note 800 of 800"
    assert len(lines) == 10


def test_a_long_line_is_left_whole() -> None:
    """A log file has no width."""
    console = Console(file=io.StringIO(), force_terminal=False, width=60)

    assert shown_on(console, [("queued", 0, "word " * 40)]).count("\n") == 1


def test_on_a_terminal_there_is_a_bar_that_fits() -> None:
    """Percent and message stand beside it; at 60 columns a long message is cut, not wrapped."""
    console = Console(file=io.StringIO(), force_terminal=True, width=60, color_system=None)

    text = shown_on(console, [("generating", 42, "Rendering strings [red] " + "and more " * 20)])

    drawn = [line.split("\r")[-1] for line in text.replace("\x1b[2K", "").splitlines() if "%" in line]
    assert "42%" in drawn[-1]
    assert "Rendering" in drawn[-1]
    assert "…" in drawn[-1]
    assert all(len(line) <= 60 for line in drawn)


def test_hostile_messages_cannot_command_the_terminal() -> None:
    """An escape sequence in a message is shown as text, and so is markup."""
    for terminal in (True, False):
        console = Console(
            file=io.StringIO(), force_terminal=terminal, width=60, markup=False, color_system=None
        )
        text = shown_on(console, [("generating", 1, "\x1b]0;owned\x07[bold]")])
        assert "\x1b]0;" not in text
        assert "[bold]" in text
