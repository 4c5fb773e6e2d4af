"""What is told of a build's thousands of lines."""

from __future__ import annotations

from devenv.images.build import BuildProgress, Failure, Told

HEADING = "#8 [build 1/2] RUN --mount=type=cache,target=/x go install"


def _told(*lines: str) -> list[str]:
    """Return what is told of the build of one target, whose name BuildKit leaves out."""
    progress = BuildProgress(["ui"])
    return [told.message for line in lines if (told := progress.feed(line)) is not None]


def _after(*lines: str) -> BuildProgress:
    progress = BuildProgress(["ui", "server"])
    for line in lines:
        progress.feed(line)
    return progress


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
    lines = [f"#8 0.{n} line {n}" for n in range(100, 130)]
    progress = _after("#8 [ui build 1/2] RUN go", *lines, "#8 ERROR: exit code: 1", "------")
    assert progress.failure == Failure("ui", tuple(f"line {n}" for n in range(115, 130)))


class TestSideBySide:
    """Several targets in one stream of lines."""

    def test_what_is_told_is_told_of_the_target_that_the_heading_names(self) -> None:
        progress = BuildProgress(["ui", "server"])
        told = [
            progress.feed(line)
            for line in ("#7 [ui ui 2/2] RUN a", "#8 [server build 1/2] RUN b", "#7 1.0 one", "#8 1.1 two")
        ]
        assert told == [None, None, Told("ui", "ui 2/2: one"), Told("server", "build 1/2: two")]

    def test_an_instruction_that_two_share_is_told_of_one_of_them(self) -> None:
        """Of the one that the last heading names."""
        progress = _after("#7 [ui toolchain 2/2] RUN a", "#7 ...", "#7 [server toolchain 2/2] RUN a")
        assert progress.feed("#7 1.0 Get:1") == Told("server", "toolchain 2/2: Get:1")

    def test_a_target_is_done_when_its_image_has_its_name(self) -> None:
        progress = _after("#9 [ui ui 2/2] COPY a b", "#10 [ui] exporting to image")
        assert progress.feed("#9 DONE 0.1s") is None
        assert progress.feed("#10 naming to docker.io/temporal-devenv/ui:1 0.0s done") is None
        assert progress.feed("#10 DONE 0.1s") == Told("ui", is_tagged=True)

    def test_the_failure_is_of_one_target_with_its_own_last_lines(self) -> None:
        """Neither what the others printed, nor that they were cut off."""
        progress = _after(
            "#7 [ui build 1/2] RUN a",
            "#8 [server build 1/2] RUN b",
            "#7 1.0 one",
            "#8 1.1 two",
            "#7 CANCELED",
            "#8 ERROR: process did not complete successfully: exit code: 3",
            "#9 [ui runtime 1/2] RUN c",
            "#9 ERROR: process did not complete successfully: context canceled",
            "ERROR: failed to solve: process did not complete successfully: exit code: 3",
        )
        assert progress.failure == Failure("server", ("two",))

    def test_a_cut_off_instruction_is_no_failure(self) -> None:
        assert _after("#7 [ui build 1/2] RUN a", "#7 ERROR: context canceled").failure is None

    def test_a_failure_before_any_instruction_is_of_the_target_that_buildx_names(self) -> None:
        progress = _after("ERROR: target server: failed to solve: dockerfile parse error")
        assert progress.failure == Failure("server")

    def test_a_failure_that_names_nobody_is_nobodys(self) -> None:
        assert _after("ERROR: failed to solve: dockerfile parse error").failure is None
