"""Commands that need no stack: `version`, `init`, `ls`, `images`, `doctor`, and help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.world import make_record
from typer import Context

import devenv as package
from devenv.cli.app import command_tree
from devenv.errors import CommandFailedError, DockerUnreachableError, TemporalBinaryError
from devenv.images.catalog import official_family, stand_in_family
from devenv.project.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import CommandLine

STACK_COMMANDS = (
    "init",
    "new-service",
    "remove-service",
    "up",
    "down",
    "stop",
    "start",
    "restart",
    "status",
    "logs",
    "ls",
)
COMMANDS = (*STACK_COMMANDS, "env", "open", "run", "exec", "psql", "temporal", "images", "doctor", "version")
OFFICIAL = official_family(Settings().stack_versions)


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_every_command(devenv: CommandLine, flag: str) -> None:
    """On stdout, with exit code 0."""
    result = devenv(flag)
    assert (result.code, result.err) == (0, "")
    first_words = {line.strip().split(" ")[0] for line in result.out.splitlines()}
    assert set(COMMANDS) <= first_words


@pytest.mark.parametrize(
    "command",
    [*(each for each in COMMANDS if each not in {"images", "temporal"}), "images list", "images build"],
)
def test_the_help_of_a_command_has_an_example(devenv: CommandLine, command: str) -> None:
    """That can be copied."""
    result = devenv(*command.split(), "--help")
    assert result.code == 0
    assert f"Usage: devenv {command}" in result.out
    examples = result.out.partition("\nExamples:\n")[2].partition("\n\n")[0]
    assert f"devenv {command}" in examples


def test_the_help_of_a_command_goes_from_its_own_to_what_all_have(devenv: CommandLine) -> None:
    """In sections; each example can be copied whole."""
    page = devenv("new-service", "--help").out
    headings = [line for line in page.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        "Usage: devenv new-service [OPTIONS] {NAME}",
        "Examples:",
        "Arguments:",
        "Options:",
        "Global options:",
    ]
    assert "  devenv new-service orders\n  devenv new-service payments --lang go" in page


@pytest.mark.parametrize("arguments", [("--help",), ("stop", "--help"), ("images",)], ids=" ".join)
def test_help_has_no_styles_where_it_is_no_terminal(
    devenv: CommandLine, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Whatever the terminal behind it can do."""
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" not in devenv(*arguments).out


def test_arguments_are_told_by_name_and_choices_with_what_there_is(devenv: CommandLine) -> None:
    """Python's types mean nothing to who gives a command."""
    assert "\n  SERVICE  All services" in devenv("stop", "--help").out
    assert "\n  SHELL <bash|zsh|fish>  The shell" in devenv("completion", "--help").out


def test_help_fits_into_a_narrow_terminal(devenv: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of it at least is for descriptions."""
    monkeypatch.setenv("COLUMNS", "52")
    page = devenv("plan", "--help").out
    assert max(map(len, page.splitlines())) <= 52
    assert " configuration\n" in page


def test_the_headings_of_help_are_bold_on_a_terminal_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on one that says that it cannot."""
    context = Context(command_tree(), info_name="devenv")
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[1mStack\x1b[0m:" in context.get_help()
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in context.get_help()


def test_the_version_is_the_packages(devenv: CommandLine) -> None:
    """By the option in one line, by the command with what runs by default."""
    assert devenv("--version").out == f"devenv {package.__version__}\n"
    assert devenv("version").out.startswith(f"devenv {package.__version__} (Python 3.")
    document = devenv("version", "-o", "json").document
    assert (document["version"], document["stack"]) == (package.__version__, None)
    assert document["components"]["temporal"] == "1.32.2"


@pytest.mark.parametrize("where", ["here", "there"])
def test_init_writes_the_files_of_a_project(
    devenv: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """In this directory, or in that of `--project`, which it makes."""
    target = tmp_path / "My Orders"
    if where == "here":
        target.mkdir()
        monkeypatch.chdir(target)
    result = devenv("init", "-o", "json", *(() if where == "here" else ("-C", str(target))))
    assert result.document["written"] == [
        "devenv.toml",
        "seeds/my-orders.yaml",
        "dynamicconfig/namespaces/my-orders.yaml",
        ".gitignore",
    ]
    assert all((target / name).is_file() for name in result.document["written"])


def test_init_never_overwrites(devenv: CommandLine) -> None:
    """What is there is named as kept."""
    devenv.write("devenv.toml", "# mine\n")
    result = devenv("init", "orders")
    assert result.code == 0
    assert (devenv.project / "devenv.toml").read_text() == "# mine\n"
    assert "kept  devenv.toml" in result.out
    assert "wrote seeds/orders.yaml" in result.out


def test_what_init_writes_can_be_brought_up(devenv: CommandLine) -> None:
    """The namespace it declares is there."""
    (devenv.project / "devenv.toml").unlink()
    devenv("init", "orders")
    names = [each["name"] for each in devenv("up", "-o", "json").document["namespaces"]]
    assert names == ["default", "orders"]


@pytest.mark.parametrize("name", ["a/b", ".hidden", "temporal-system", ""])
def test_init_refuses_a_name_that_no_namespace_can_have(devenv: CommandLine, name: str) -> None:
    """Nothing is written then; an empty word is no name at all, and the directory's is taken."""
    result = devenv("init", name, "-o", "json")
    if not name:
        assert result.code == 0
        return
    assert (result.error["code"], result.code) == ("name-invalid", 3)
    assert not (devenv.project / "seeds").exists()


def test_ls_of_nothing_says_how_to_begin(devenv: CommandLine) -> None:
    """And is an empty list in JSON."""
    assert "devenv up" in devenv("ls").out
    document = devenv("ls", "-o", "json").document
    assert (document["stacks"], document["stack"]) == ([], None)


def test_ls_lists_stacks_of_all_projects(running: CommandLine) -> None:
    """With state, engine, address and project; one that is gone is marked."""
    running.world.store.save(make_record("old", project="/gone"))
    result = running("ls")
    assert (result.code, result.err) == (0, "")
    assert "old" in result.out
    assert "/gone (gone)" in result.out
    by_name = {each["name"]: each for each in running("ls", "-o", "json").document["stacks"]}
    assert by_name.keys() == {"old", running.stack}
    assert by_name["old"]["project_exists"] is False
    assert by_name[running.stack]["state"] == "ready"
    assert by_name[running.stack]["memory_bytes"] > 0
    assert by_name[running.stack]["age_seconds"] >= 0
    assert "GiB" in result.out


def test_images_list_says_which_is_which(devenv: CommandLine) -> None:
    """Every image of both families, and whether it is local."""
    refs = {*OFFICIAL.refs.values(), *stand_in_family(Settings().stack_versions).refs.values()}
    devenv.world.images.missing = refs - {OFFICIAL.refs["ui"]}
    images = devenv("images", "list", "-o", "json").document["images"]
    assert len(images) == 10
    assert [each["ref"] for each in images if each["present"]] == [OFFICIAL.refs["ui"]]
    assert {each["kind"] for each in images} == {"official", "stand-in"}
    assert {"service", "ref", "kind", "present"} == images[0].keys()
    text = devenv("images", "list").out
    assert f"ui           official  yes    {OFFICIAL.refs['ui']}" in text


def test_images_pull_takes_the_official_ones(devenv: CommandLine) -> None:
    """Each is told on stderr, the list is the answer."""
    result = devenv("images", "pull")
    assert sorted(result.out.split()) == sorted(OFFICIAL.refs.values())
    assert "✓ image ui" in result.err


def test_an_image_that_cannot_be_pulled_is_exit_code_4(devenv: CommandLine) -> None:
    """With tag, setting and the way out."""
    devenv.world.images.failure = CommandFailedError("The image could not be pulled", [], ["no such host"])
    error = devenv("images", "pull", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("image-unavailable", 4)
    assert "devenv images build" in error["hint"]


def test_images_build_tells_what_was_built(devenv: CommandLine) -> None:
    """And what was there."""
    assert devenv("images", "build").out == "1 built, 1 were there already\n"
    assert devenv("images", "build", "-o", "json").document["built"] == ["temporal-devenv/ui:1"]


def test_doctor_shows_every_check_with_its_hint(devenv: CommandLine) -> None:
    """One line for each, and what to do below those that need it."""
    devenv.wiring.machine.holders = {7233: "nginx (pid 12)"}
    result = devenv("doctor")
    assert (result.code, result.err) == (0, "")
    assert "✓ docker-engine    28.0.1" in result.out
    assert "! port-7233        taken by nginx (pid 12)\n  hint: " in result.out


def test_doctor_is_content_when_one_engine_can_run(devenv: CommandLine) -> None:
    """Without Docker the embedded engine is there; the document tells what is missing."""
    devenv.wiring.machine.missing["docker_version"] = DockerUnreachableError()
    result = devenv("doctor", "-o", "json")
    assert (result.code, result.document["ok"]) == (0, True)
    assert "error" not in result.document
    statuses = {each["name"]: each["status"] for each in result.document["checks"]}
    assert (statuses["docker-engine"], statuses["docker-compose"]) == ("fail", "skip")
    assert statuses["embedded-engine"] == "ok"
    assert result.document["usable"] == ["embedded"]
    assert "usable: only the engine embedded; it lacks Postgres, OpenSearch" in devenv("doctor").out


def test_doctor_fails_when_the_engine_of_the_project_cannot_run(devenv: CommandLine) -> None:
    """Whatever else could: the project asks for it, or its stack is on it."""
    devenv.wiring.machine.missing["docker_version"] = DockerUnreachableError()
    devenv.write("devenv.toml", 'engine = "compose"\n')
    result = devenv("doctor")
    assert result.code == 4
    assert "not usable: the engine compose" in result.out
    devenv.write("devenv.toml", 'engine = "embedded"\n')
    assert devenv("doctor").code == 0


def test_doctor_fails_when_the_engine_of_the_stack_cannot_run(running: CommandLine) -> None:
    """Its data is there."""
    running.wiring.machine.missing["docker_version"] = DockerUnreachableError()
    assert running("doctor", "-o", "json").error["message"] == "docker-engine: No Docker engine answers"


def test_doctor_fails_when_nothing_can_run(devenv: CommandLine) -> None:
    """Exit code 4, and still the whole list."""
    devenv.wiring.machine.missing = {
        "docker_version": DockerUnreachableError(),
        "temporal_cli": TemporalBinaryError("There is no Temporal CLI", hint="reinstall devenv"),
    }
    result = devenv("doctor", "-o", "json")
    assert result.code == 4
    assert {"name", "status", "detail", "hint"} == result.document["checks"][0].keys()
    assert (result.error["code"], result.error["hint"]) == (
        "prerequisite-missing",
        result.document["checks"][0]["hint"],
    )
    assert result.error["message"] == "docker-engine: No Docker engine answers"
    assert result.error["details"] == ["embedded-engine: There is no Temporal CLI"]
