"""What is told of a build's thousands of lines."""

from __future__ import annotations

from devenv.images.buildkit import BuildProgress

HEADING = "#8 [build 1/2] RUN --mount=type=cache,target=/x go install"


def _told(*lines: str) -> list[str]:
    progress = BuildProgress()
    return [message for line in lines if (message := progress.feed(line)) is not None]


def test_the_first_line_of_an_instruction_is_told_with_its_stage() -> None:
    assert _told(HEADING, "#8 0.312 Get:1 http://…") == ["build 1/2: Get:1 http://…"]


def test_cached_instructions_are_not_told() -> None:
    assert _told(HEADING, "#8 CACHED", "", "#9 [build 2/2] COPY a b", "#9 DONE 0.0s") == []


def test_chatter_is_told_once_in_five_seconds() -> None:
    lines = [f"#8 {second}.0 line {second}" for second in range(13)]
    assert _told(HEADING, *lines) == [
        "build 1/2: line 0",
        "build 1/2: line 5",
        "build 1/2: line 10",
    ]


def test_what_an_instruction_announces_is_always_told() -> None:
    told = _told(HEADING, "#8 1.0 building temporal-server", "#8 1.5 building tdbg")
    assert told == ["build 1/2: building temporal-server", "build 1/2: building tdbg"]


def test_what_is_said_later_is_told_as_past_beside_what_was_announced() -> None:
    """A compiler is silent for minutes: the last download must not look like what goes on."""
    told = _told(
        HEADING, "#8 1.0 building temporal-server", "#8 45.0 go: downloading go.uber.org/zap v1.27.0"
    )
    assert (
        told[-1] == "build 1/2: building temporal-server; last said: go: downloading go.uber.org/zap v1.27.0"
    )


def test_instructions_side_by_side_are_told_apart() -> None:
    told = _told("#7 [runtime 2/2] RUN a", HEADING, "#7 1.0 one", "#8 1.1 two")
    assert told == ["runtime 2/2: one", "build 1/2: two"]


def test_a_long_line_is_cut() -> None:
    (message,) = _told(HEADING, f"#8 0.1 {'x' * 500}")
    assert len(message) < 100


def test_only_the_programs_own_last_lines_are_kept() -> None:
    progress = BuildProgress()
    for line in [
        HEADING,
        *(f"#8 0.{n} line {n}" for n in range(100, 130)),
        "------",
        "ERROR: failed to solve",
    ]:
        progress.feed(line)
    assert progress.last_output[-1] == "line 129"
    assert len(progress.last_output) == 15
