"""`devenv trust`, and what the other commands do without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine

POWERFUL = "services:\n  tool:\n    image: busybox\n    network_mode: host\n"
SENTENCE = "the service tool uses the network of this machine"


@pytest.fixture
def powerful(devenv: CommandLine) -> CommandLine:
    """Return a command line in a project with an overlay that needs trust."""
    devenv.write("devenv.toml", '[compose]\noverlays = ["compose/x.yaml"]\n')
    devenv.write("compose/x.yaml", POWERFUL)
    return devenv


def test_a_project_without_overlays_has_nothing_to_trust(devenv: CommandLine) -> None:
    """Exit code 0, and no question to Compose."""
    result = devenv("trust")
    assert (result.code, result.out) == (0, "This project has no overlays, and no add-on is on.\n")
    assert devenv("trust", "-o", "json").document["needs_trust"] is False


def test_harmless_overlays_need_no_trust(powerful: CommandLine) -> None:
    """Neither here nor from `up`."""
    powerful.write("compose/x.yaml", "services: {tool: {image: busybox}}\n")
    assert powerful("trust").out == "compose/x.yaml: nothing in it needs trust.\n"
    assert powerful("up").code == 0


def test_show_tells_what_they_can_do_and_changes_nothing(powerful: CommandLine) -> None:
    """One line for each permission, with its place, and the hash."""
    result = powerful("trust", "--show")
    lines = result.out.splitlines()
    assert result.code == 0
    assert lines[0] == f"compose/x.yaml:4:5: {SENTENCE}"
    assert lines[2].startswith("hash: ")
    document = powerful("trust", "--show", "-o", "json").document
    assert document["powers"] == [{"text": SENTENCE, "place": "compose/x.yaml:4:5", "refused": False}]
    assert (document["needs_trust"], document["trusted"]) == (True, False)
    assert f"hash: {document['hash']}" == lines[2]


@pytest.mark.parametrize("command", [("up",), ("start",), ("up", "--yes")], ids=" ".join)
def test_without_a_terminal_it_is_exit_code_9(powerful: CommandLine, command: tuple[str, ...]) -> None:
    """`--yes` of another command is no answer: it would say yes to whatever the overlay becomes."""
    if command == ("start",):
        powerful.write("compose/x.yaml", "services: {tool: {image: busybox}}\n")
        powerful("up")
        powerful.write("compose/x.yaml", POWERFUL)
    error = powerful(*command, "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("trust-needed", 9)
    assert error["details"][0] == f"compose/x.yaml:4:5: {SENTENCE}"
    assert error["details"][-1].startswith("hash: ")


def test_trust_itself_needs_somebody_to_ask_or_a_yes(powerful: CommandLine) -> None:
    """Exit code 9, with all that is to be trusted."""
    error = powerful("trust", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("confirmation-needed", 9)
    assert error["details"][0] == f"compose/x.yaml:4:5: {SENTENCE}"
    assert "--yes" in error["hint"]


def test_run_fails_with_its_own_code(powerful: CommandLine) -> None:
    """125, and the reason."""
    error = powerful("run", "-o", "json", "--", "true").error
    assert (error["exit_code"], error["message"]) == (
        125,
        "The Compose files of this project need your trust",
    )


def test_trust_with_a_yes_is_remembered_until_a_change(powerful: CommandLine) -> None:
    """Then `up` works, and `trust` has nothing to ask."""
    assert "They are trusted as they are now" in powerful("trust", "--yes").out
    assert powerful("up").code == 0
    assert powerful("trust", "-o", "json").document["trusted"] is True
    powerful.write("compose/x.yaml", POWERFUL + "    pid: host\n")
    assert powerful("up").code == 9


@pytest.mark.parametrize("command", [("up",), ("run",)], ids=" ".join)
def test_a_pipeline_gives_the_hash(powerful: CommandLine, command: tuple[str, ...]) -> None:
    """Of what was read and found good; another is exit code 9 with the right one."""
    trusted = powerful("trust", "--show", "-o", "json").document["hash"]
    rest = ("--", "true") if command == ("run",) else ()
    assert powerful(*command, "--trust", "0" * 64, *rest).code == (125 if rest else 9)
    assert powerful(*command, "--trust", trusted, *rest).code == 0


@pytest.mark.parametrize("option", [(), ("--show",)])
def test_what_is_refused_cannot_be_trusted(powerful: CommandLine, option: tuple[str, ...]) -> None:
    """It is an error with its place; `--show` shows it among the rest."""
    powerful.write("compose/x.yaml", POWERFUL + "    privileged: true\n")
    result = powerful("trust", "--yes", *option)
    assert result.code == (0 if option else 3)
    said = result.out if option else result.err
    assert "compose/x.yaml:5:5: the service tool runs in privileged mode" in said
    assert "refused compose" in said or not option


def test_a_hash_that_has_no_effect_is_warned_of(devenv: CommandLine) -> None:
    """Without overlays, with harmless ones, with trusted ones, on an engine without: the command goes on."""
    nothing = "`--trust` has no effect: nothing that this stack has needs trust"
    assert nothing in devenv("up", "--trust", "x").err
    devenv.write("devenv.toml", '[compose]\noverlays = ["compose/x.yaml"]\n')
    devenv.write("compose/x.yaml", "services: {tool: {image: busybox}}\n")
    assert nothing in devenv("up", "--trust", "x").err
    devenv.write("compose/x.yaml", POWERFUL)
    devenv("trust", "--yes")
    restarted = devenv("restart", "--trust", "x")
    assert restarted.code == 0
    assert restarted.err.count("has no effect: they are trusted already, with the hash") == 1
    embedded = devenv("up", "--engine", "embedded", "--trust", "x").err
    assert nothing in embedded
