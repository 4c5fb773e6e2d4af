"""Global options: where they may stand, and what wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import CommandLine


@pytest.mark.parametrize(
    "arguments",
    [
        ("-s", "mine", "-o", "json", "status"),
        ("status", "-s", "mine", "-o", "json"),
        ("--stack", "mine", "status", "--output", "json"),
        ("--output=json", "status", "--stack=mine"),
        ("-ojson", "status", "-smine"),
        ("status", "--output=json", "--stack=mine"),
    ],
    ids=" ".join,
)
def test_global_options_stand_before_or_after_the_command(
    devenv: CommandLine, arguments: tuple[str, ...]
) -> None:
    """In every spelling."""
    assert devenv(*arguments).document["stack"] == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ("-o", "json", "images", "list"),
        ("images", "-o", "json", "list"),
        ("images", "list", "-o", "json"),
        ("-o", "text", "images", "-o", "json", "list"),
        ("images", "-o", "text", "list", "-o", "json"),
    ],
    ids=" ".join,
)
def test_global_options_stand_behind_the_name_of_a_group_too(
    devenv: CommandLine, arguments: tuple[str, ...]
) -> None:
    """The last one wins."""
    assert devenv(*arguments).document["images"]


@pytest.mark.parametrize(
    ("arguments", "stack"),
    [
        (("status",), "variable"),
        (("-s", "before", "status"), "before"),
        (("status", "-s", "after"), "after"),
        (("-s", "before", "status", "-s", "after"), "after"),
    ],
)
def test_a_flag_wins_over_a_variable(
    devenv: CommandLine, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], stack: str
) -> None:
    """Wherever the flag stands; the one after the command wins over the one before."""
    monkeypatch.setenv("TEMPORAL_DEVENV_STACK", "variable")
    assert devenv(*arguments, "-o", "json").document["stack"] == stack


def test_the_format_can_come_from_a_variable(devenv: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a flag takes it back."""
    monkeypatch.setenv("TEMPORAL_DEVENV_OUTPUT", "json")
    assert devenv("status").document["state"] == "absent"
    assert devenv("status", "-o", "text").out.startswith("absent")


def test_the_project_can_be_another_directory(
    devenv: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if devenv had been started there; a variable says the same."""
    expected = devenv("status", "-o", "json").document
    monkeypatch.chdir(tmp_path)
    assert devenv("status", "-o", "json").document != expected
    assert devenv("-C", str(devenv.project), "status", "-o", "json").document == expected
    monkeypatch.setenv("TEMPORAL_DEVENV_PROJECT", str(devenv.project))
    assert devenv("status", "-o", "json").document == expected


def test_a_project_that_is_no_directory_is_invalid_input(devenv: CommandLine) -> None:
    """Code 3, not a usage error: the command line was understood."""
    error = devenv("status", "-C", "nowhere", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("settings-invalid", 3)


def test_a_stack_name_that_cannot_be_one_is_invalid_input(devenv: CommandLine) -> None:
    """The document has no stack then."""
    result = devenv("status", "-s", "No Way", "-o", "json")
    assert (result.error["code"], result.code, result.document["stack"]) == ("name-invalid", 3, None)


@pytest.mark.parametrize(
    ("variable", "file", "flag", "engine"),
    [
        (None, None, None, "compose"),
        (None, "embedded", None, "embedded"),
        ("compose", "embedded", None, "compose"),
        ("compose", "embedded", "embedded", "embedded"),
    ],
)
def test_an_option_of_up_wins_over_its_variable_and_that_over_the_file(
    devenv: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
    file: str | None,
    flag: str | None,
    engine: str,
) -> None:
    """Flag, variable, devenv.toml, default."""
    if variable:
        monkeypatch.setenv("TEMPORAL_DEVENV_ENGINE", variable)
    if file:
        devenv.write("devenv.toml", f'engine = "{file}"')
    flags = ("--engine", flag) if flag else ()
    assert devenv("up", "-o", "json", *flags).document["engine"] == engine


@pytest.mark.parametrize("command", ["start", "restart"])
def test_a_variable_of_a_setting_wins_over_the_file_where_there_is_no_flag(
    devenv: CommandLine, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """What `up` was told by a variable, the commands after it are told, too."""
    devenv.write("devenv.toml", 'engine = "compose"')
    monkeypatch.setenv("TEMPORAL_DEVENV_ENGINE", "embedded")
    assert devenv("up").code == 0
    assert devenv(command, "-o", "json").document["engine"] == "embedded"


@pytest.mark.parametrize(
    ("command", "code", "exit_code"),
    [
        ("start", "usage", 2),
        ("restart", "usage", 2),
        ("apply", "settings-invalid", 3),
        ("config apply --restart", "settings-invalid", 3),
        ("new-service orders", "settings-invalid", 3),
        ("status", "settings-invalid", 3),
    ],
)
def test_a_variable_of_a_setting_is_read_by_every_command(
    running: CommandLine, monkeypatch: pytest.MonkeyPatch, command: str, code: str, exit_code: int
) -> None:
    """A wrong value shows it: a mistake of the command line where that has such an option."""
    monkeypatch.setenv("TEMPORAL_DEVENV_TIMEOUT", "soon")
    error = running(*command.split(), "-o", "json").error
    assert (error["code"], error["exit_code"]) == (code, exit_code)
    assert "soon" in error["message"]


def test_an_empty_variable_of_a_setting_says_nothing(
    devenv: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with every other option."""
    monkeypatch.setenv("TEMPORAL_DEVENV_ENGINE", "")
    assert devenv("up", "-o", "json").document["engine"] == "compose"


def test_the_local_file_wins_over_the_shared_one(devenv: CommandLine) -> None:
    """`devenv.local.toml` is the developer's own."""
    devenv.write("devenv.toml", 'engine = "compose"')
    devenv.write("devenv.local.toml", 'engine = "embedded"')
    assert devenv("up", "-o", "json").document["engine"] == "embedded"


@pytest.mark.parametrize("name", ["TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "DEVENV_ENGINE"])
def test_variables_of_others_say_nothing_to_devenv(
    devenv: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Neither the clients' nor those of another tool of that name."""
    monkeypatch.setenv(name, "embedded")
    document = devenv("up", "-o", "json").document
    assert document["engine"] == "compose"
    assert document["endpoints"]["grpc"] == "127.0.0.1:7233"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bogus",), "No such command 'bogus'"),
        (("up", "--bogus"), "No such option: --bogus"),
        (("--output", "xml", "status"), "Invalid value for '-o' / '--output'"),
        (("env", "--format", "xml"), "Invalid value for '--format'"),
        (("exec",), "Missing argument 'SERVICE'"),
        (("logs", "--tail", "-1"), "Invalid value for '--tail'"),
        (("open", "postgres"), "Invalid value"),
        (("run",), "Missing argument"),
    ],
)
def test_a_usage_error_is_exit_code_2(devenv: CommandLine, arguments: tuple[str, ...], message: str) -> None:
    """A sentence and a hint on stderr, nothing on stdout, no traceback."""
    result = devenv(*arguments)
    assert (result.code, result.out) == (2, "")
    assert f"error: {message}" in result.err
    assert "\n\nhint: run `devenv" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "arguments",
    [("up", "--bogus", "-o", "json"), ("-ojson", "bogus"), ("--output=json", "up", "--engine")],
    ids=" ".join,
)
def test_a_usage_error_is_a_document_too(devenv: CommandLine, arguments: tuple[str, ...]) -> None:
    """Though the command line was not understood, its format was."""
    error = devenv(*arguments).error
    assert (error["code"], error["exit_code"]) == ("usage", 2)


def test_a_usage_error_is_a_json_line_too(devenv: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable holds as well."""
    monkeypatch.setenv("TEMPORAL_DEVENV_OUTPUT", "jsonl")
    [last] = devenv("up", "--bogus").events
    assert (last["event"], last["error"]["code"]) == ("result", "usage")


@pytest.mark.parametrize(
    "arguments", [(), ("images",), ("namespace",), ("config",), ("-q", "images")], ids=" ".join
)
def test_without_a_command_people_get_the_help_to_choose_one_from(
    devenv: CommandLine, arguments: tuple[str, ...]
) -> None:
    """On stdout and nothing else; the code tells a script that nothing was done."""
    result = devenv(*arguments)
    assert (result.code, result.err) == (2, "")
    assert result.out == devenv(*arguments, "--help").out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("-o", "json"), "run `devenv --help`"),
        (("images", "-o", "json"), "run `devenv images --help`"),
        (("-o", "json", "config"), "run `devenv config --help`"),
    ],
)
def test_without_a_command_programs_get_one_document(
    devenv: CommandLine, arguments: tuple[str, ...], hint: str
) -> None:
    """And no help text beside it."""
    error = devenv(*arguments).error
    assert (error["code"], error["message"], error["hint"]) == ("usage", "Missing command", hint)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ENGINE", "podman", "'--engine': 'podman' is not one of 'auto', 'compose', 'embedded'"),
        ("OUTPUT", "xml", "'-o' / '--output': 'xml' is not one of 'text', 'json', 'jsonl'"),
        ("ANY_PORT", "perhaps", "'--any-port': must be true or false"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(
    devenv: CommandLine, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    """Not in those of the library that found it."""
    monkeypatch.setenv(f"TEMPORAL_DEVENV_{variable}", value)
    result = devenv("up")
    assert result.code == 2
    assert result.err.startswith(f"error: Invalid value for {told}\n")
