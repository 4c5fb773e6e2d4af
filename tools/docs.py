"""Writes what is generated: the tables of the reference pages, and the JSON Schemas that the wheel carries.

    python -m tools.docs

A block of a page stands between `<!-- NAME: just docs -->` and `<!-- end -->`. tests/unit/test_docs.py checks
that everything is current.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv.cli.app import command_tree
from devenv.cli.options import global_options
from devenv.dynamicconfig.findings import Code
from devenv.errors import DevenvError, ExitCode
from devenv.export.kubernetes.sizes import SIZES
from devenv.project.settings import settings_schema
from devenv.project.versions import shipped_components
from devenv.seeds.load import seeds_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from devenv.export.kubernetes.sizes import Resources, Size
    from devenv.project.versions import Component

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

EXIT_MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILURE: "it failed",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.INVALID_INPUT: "something you wrote cannot be used; the message begins with its place",
    ExitCode.PREREQUISITE_MISSING: "Docker, Compose, an image or the Temporal CLI is missing or unsuitable",
    ExitCode.PORT_TAKEN: "a port is taken; the message names who holds it",
    ExitCode.NOT_READY: "not ready in time; the message says what was still missing",
    ExitCode.SERVICE_CRASHED: "a service ended; its last log lines are in the message",
    ExitCode.DIFFERENT: "with `--exit-code` only: `status` is not ready or has drifted, `plan` has changes",
    ExitCode.CONFIRMATION_NEEDED: "a deletion, or trust in overlays, was not confirmed: nobody can be asked",
    ExitCode.BUG: "a bug in devenv; the message names the file of the report",
    ExitCode.RUN_FAILED: "`run`: devenv itself failed",
    ExitCode.RUN_NOT_FOUND: "`run`: there is no such command",
    ExitCode.INTERRUPTED: "Ctrl-C",
    ExitCode.TERMINATED: "ended by SIGTERM",
}


def commands_table() -> str:
    """Return every command with its arguments, its own options and its first sentence."""
    rows = [
        (_code(usage), ", ".join(_code(name) for name in options), help_line)
        for usage, options, help_line in _commands(command_tree().load_all(), "")
    ]
    return _table(("command", "its own options", "does"), rows)


def options_table() -> str:
    """Return the options that every command has."""
    rows = [
        (", ".join(map(_code, option.opts)), _code(option.envvar) if option.envvar else "", option.help)
        for option in global_options(reads_variables=True)
    ]
    return _table(("option", "variable", "does"), rows)


def settings_table() -> str:
    """Return every setting of devenv.toml."""
    return _table(
        ("setting", "default", "one of", "is"), _settings(settings_schema(), settings_schema()["$defs"], "")
    )


def exit_codes_table() -> str:
    """Return every exit code, with the error codes that JSON output has for it."""
    rows = [
        (str(int(code)), meaning, ", ".join(map(_code, sorted(_error_codes(code)))))
        for code, meaning in EXIT_MEANINGS.items()
    ]
    return _table(("code", "means", "`error.code`"), rows)


def errors_table() -> str:
    """Return every error, by its exit code."""
    errors = sorted(_with_heirs(DevenvError), key=lambda error: (error.exit_code, error.code))
    rows = [(str(int(error.exit_code)), _code(error.code), _first_sentence(error)) for error in errors]
    return _table(("exit code", "`error.code`", "means"), rows)


def _first_sentence(error: type[DevenvError]) -> str:
    return (error.__doc__ or "").split("\n")[0].rstrip(".")


def versions_table() -> str:
    """Return the versions a stack is made of."""
    rows = [
        (name, component.default, _others(component.supported, component.default), _tried(component))
        for name, component in shipped_components().items()
    ]
    return _table(("part", "default", "also", "tried"), rows)


def _tried(component: Component) -> str:
    """Return which versions were built and brought up, on which days, and what was not run."""
    by_day: dict[date, list[str]] = {}
    for version, day in component.tried.items():
        by_day.setdefault(day, []).append(version)
    days = [f"{', '.join(versions)} as stand-in on {day.isoformat()}" for day, versions in by_day.items()]
    return "; ".join([*days, component.verified])


def findings_table() -> str:
    """Return every kind of finding of `config lint`."""
    rows = [(_code(code.value), code.severity.value, code.meaning) for code in Code]
    return _table(("code", "severity", "means"), rows)


def sizes_table() -> str:
    """Return what each size of an exported cluster asks for."""
    roles = list(next(iter(SIZES.values())).roles)
    rows = [
        (
            _code(name),
            *(_requests(size.roles[role].replicas, size.roles[role].resources) for role in roles),
            _requests(size.database.instances, size.database.resources),
            _all_requests(size),
        )
        for name, size in SIZES.items()
    ]
    return _table(("size", *roles, "Postgres", "requests in all"), rows)


def _requests(replicas: int, resources: Resources) -> str:
    return f"{replicas} x {resources.cpu}, {resources.memory}"


def _all_requests(size: Size) -> str:
    parts = [(role.replicas, role.resources) for role in size.roles.values()]
    parts.append((size.database.instances, size.database.resources))
    cpu = sum(replicas * _thousandths(each.cpu) for replicas, each in parts)
    memory = sum(replicas * _mebibytes(each.memory) for replicas, each in parts)
    return f"{cpu / 1000:g} CPU, {memory / 1024:.1f} GiB"


def _thousandths(cpu: str) -> int:
    return int(cpu.removesuffix("m")) if cpu.endswith("m") else 1000 * int(cpu)


def _mebibytes(memory: str) -> int:
    return int(memory[:-2]) * {"Mi": 1, "Gi": 1024}[memory[-2:]]


BLOCKS: Mapping[str, Callable[[], str]] = {
    "commands": commands_table,
    "options": options_table,
    "settings": settings_table,
    "exit codes": exit_codes_table,
    "errors": errors_table,
    "versions": versions_table,
    "findings": findings_table,
    "sizes": sizes_table,
}

PAGES: Mapping[Path, Sequence[str]] = {
    DOCS / "reference" / "commands.md": ("commands", "options"),
    DOCS / "reference" / "settings.md": ("settings",),
    DOCS / "reference" / "exit-codes.md": ("exit codes",),
    DOCS / "reference" / "errors.md": ("errors",),
    DOCS / "reference" / "versions.md": ("versions",),
    DOCS / "config-lint.md": ("findings",),
    DOCS / "kubernetes.md": ("sizes",),
}
"""The generated blocks of each page."""

SCHEMAS: Mapping[Path, Callable[[], Mapping[str, Any]]] = {
    ROOT / "devenv" / "project" / "devenv.schema.json": settings_schema,
    ROOT / "devenv" / "seeds" / "seeds.schema.json": seeds_schema,
}


def current_files() -> dict[Path, str]:
    """Return what each generated file has to hold."""
    files = {path: json.dumps(schema(), indent=2) + "\n" for path, schema in SCHEMAS.items()}
    for page, blocks in PAGES.items():
        files[page] = with_blocks(page.read_text(encoding="utf-8"), blocks)
    return files


def with_blocks(text: str, blocks: Sequence[str]) -> str:
    """Return `text` with the named blocks written anew."""
    for name in blocks:
        begin, end = f"<!-- {name}: just docs -->\n", "<!-- end -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"the page must have a block `{name}`")
        text = f"{before}{begin}\n{BLOCKS[name]()}\n{end}{after}"
    return text


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, list[str], str]]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if getattr(command, "commands", None):
            yield from _commands(command, f"{prefix}{name} ")
            continue
        own = [item for item in command.params if item.expose_value]
        arguments = [_argument(item) for item in own if item.param_type_name == "argument"]
        options = [item.opts[-1] for item in own if item.param_type_name == "option"]
        yield " ".join([prefix + name, *arguments]), options, command.help.split("\n")[0].rstrip(".")


def _argument(item: Any) -> str:
    if item.metavar and " " in item.metavar:
        return str(item.metavar)
    shown = (item.metavar or item.name.upper()).strip("[].") + ("..." if item.nargs == -1 else "")
    return shown if item.required else f"[{shown}]"


def _settings(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, str, str, str]]:
    for name, value in schema["properties"].items():
        if "$ref" in value:
            yield from _settings(
                definitions[value["$ref"].rpartition("/")[2]], definitions, f"{prefix}{name}."
            )
        else:
            described = value.get("description") or f"Version of {name}"
            default = _code(json.dumps(value.get("default", {})))
            yield _code(prefix + name), default, _choice(value), described


def _choice(schema: Mapping[str, Any]) -> str:
    # Postgres may also be given as a whole number, which says nothing new.
    return ", ".join(_code(item) for item in schema.get("enum", ()) if isinstance(item, str))


def _error_codes(code: ExitCode) -> set[str]:
    return {item.code for item in _with_heirs(DevenvError) if item.exit_code is code}


def _with_heirs(error: type[DevenvError]) -> Iterator[type[DevenvError]]:
    """Return `error` and every kind of it that the package has, and not those of tests."""
    if error.__module__.startswith("devenv."):
        yield error
    for heir in error.__subclasses__():
        yield from _with_heirs(heir)


def _others(versions: Sequence[str], default: str) -> str:
    return ", ".join(version for version in versions if version != default)


def _code(text: str) -> str:
    return f"`{text}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main() -> None:
    """Write every generated file."""
    for path, text in current_files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
