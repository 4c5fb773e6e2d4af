"""What `devenv config` answers: findings, keys and their values, and what came into effect."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape
from devenv.dynamicconfig.model import jsonable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.dynamicconfig.catalog.model import Setting
    from devenv.dynamicconfig.changes import ConfigChange
    from devenv.dynamicconfig.explain import Candidate, Explanation
    from devenv.dynamicconfig.findings import Finding
    from devenv.dynamicconfig.model import DynamicConfig
    from devenv.stack.config_apply import AppliedConfig

MOST_SHOWN = 50
_STYLES = {"error": "bad", "warning": "warn"}
_READ = {"live": "takes effect live", "start": "read only when the server starts", "unknown": ""}
_WIDEST_DEFAULT = 30


def findings_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the fields of `config lint`."""
    return {"findings": [_finding_document(each) for each in findings]}


def _finding_document(finding: Finding) -> dict[str, Any]:
    own = {each.name: getattr(finding, each.name) for each in fields(finding)}  # `asdict` copies deeply
    return {"severity": finding.severity.value, **own, "code": finding.code.value}


def findings_text(console: SafeConsole, findings: Sequence[Finding]) -> None:
    """Print each finding in one line, with what to do about it below, and how many there are."""
    shown, left_out = _first_of_each_file(findings)
    for each in shown:
        _finding_text(console, each)
    for file, count in left_out.items():
        console.say(f"{escape(file)}: [faint]{count:,} more, all of them with `-o json`[/]")
    if findings:
        console.say()
    console.say(_summary(findings))


def _first_of_each_file(findings: Sequence[Finding]) -> tuple[list[Finding], dict[str, int]]:
    """Return the first `MOST_SHOWN` findings of each file, and how many more a file has.

    People correct some of them and run it again.
    """
    counts: Counter[str] = Counter()
    shown = []
    for each in findings:
        counts[each.file] += 1
        if counts[each.file] <= MOST_SHOWN:
            shown.append(each)
    return shown, {file: count - MOST_SHOWN for file, count in counts.items() if count > MOST_SHOWN}


def _finding_text(console: SafeConsole, finding: Finding) -> None:
    style = _STYLES[finding.severity.value]
    head = rf"[{style}]{finding.severity.value}[/][faint]\[{finding.code.value}][/]"
    console.say(f"{escape(finding.place)}: {head} {escape(finding.message)}")
    if finding.suggestion:
        console.say(f"    [hint]→[/] {escape(finding.suggestion)}")


def _summary(findings: Sequence[Finding]) -> str:
    if not findings:
        return "[good]no findings[/]"
    counts = Counter(each.severity.value for each in findings)
    return ", ".join(
        f"[{_STYLES[name]}]{_counted(counts[name], name)}[/]" for name in _STYLES if counts[name]
    )


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def annotations_text(console: SafeConsole, findings: Sequence[Finding]) -> None:
    """Print each finding as a command of a GitHub workflow, which shows it beside the line."""
    shown, left_out = _first_of_each_file(findings)
    for each in shown:
        place = f"file={_property(each.file)},line={each.line},col={each.column}"
        advice = f"; {each.suggestion}" if each.suggestion else ""
        title = _property(f"devenv: {each.code.value}")
        console.data(f"::{each.severity.value} {place},title={title}::{_data(each.message + advice)}\n")
    for file, count in left_out.items():
        title = _property(f"devenv: {count:,} more findings")
        console.data(f"::notice file={_property(file)},title={title}::all of them with `-o json`\n")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def config_document(text: str, config: DynamicConfig) -> dict[str, Any]:
    """Return the fields of `config show`; the text is that of people, too."""
    return {
        "text": text,
        "entries": [
            {
                "key": entry.key,
                "value": jsonable(entry.value),
                "constraints": dict(entry.constraints),
                "place": entry.place,
                "layer": entry.layer,
            }
            for entry in config.entries
        ],
    }


def keys_document(settings: Sequence[Setting]) -> dict[str, Any]:
    """Return the fields of `config keys`."""
    return {"keys": [_setting_document(setting) for setting in settings]}


def _setting_document(setting: Setting) -> dict[str, Any]:
    return {
        "key": setting.key,
        "type": setting.type.value,
        "precedence": setting.precedence.value,
        "default": setting.default,
        "read": setting.read,
        "description": setting.description,
    }


def keys_text(console: SafeConsole, settings: Sequence[Setting]) -> None:
    """Print a row for each key."""
    if not settings:
        console.say("no such key; `devenv config keys` lists all")
        return
    rows = [
        (each.key, each.type.value, each.precedence.value, _short(each.default_text)) for each in settings
    ]
    console.columns([("KEY", "TYPE", "PRECEDENCE", "DEFAULT"), *rows])


def _short(default: str) -> str:
    return default if len(default) <= _WIDEST_DEFAULT else "…"


def explanation_document(found: Explanation) -> dict[str, Any]:
    """Return the fields of `config explain`."""
    return _setting_document(found.setting) | {
        "value": jsonable(found.value),
        "winner": None if found.winner is None else _candidate_document(found.winner),
        "beats": [_candidate_document(each) for each in found.beaten],
        "elsewhere": [_candidate_document(each) for each in found.elsewhere],
        "unreadable": [_finding_document(each) for each in found.unreadable],
    }


def _candidate_document(candidate: Candidate) -> dict[str, Any]:
    return {
        "value": jsonable(candidate.value),
        "constraints": dict(candidate.constraints),
        "place": candidate.place,
        "objection": candidate.objection,
    }


def explanation_text(console: SafeConsole, found: Explanation, request: Mapping[str, str]) -> None:
    """Print what a key is, which value holds, and what it beats."""
    setting = found.setting
    facts = [f"{setting.type.value}, {_dependence(setting)}", _READ[setting.read]]
    console.say(f"[bold]{setting.key}[/]")
    console.say(f"  {'; '.join(filter(None, facts))}")
    for line in setting.description.splitlines():
        console.say(f"  [faint]{escape(line.strip())}[/]")
    console.say()
    asked = escape(", ".join(f"{name} {value}" for name, value in request.items() if value))
    heading = f"value{f' for {asked}' if asked else ''}"
    if found.winner is None:
        console.say(f"{heading}: [bad]nobody can tell[/], because of")
        for finding in found.unreadable:
            console.say(f"  {escape(finding.sentence)}")
        _print_list(console, "without that, in this order", found.beaten)
    else:
        console.say(f"{heading}: {_in_words(found.winner)}")
        if found.winner.objection:
            console.say(f"  [bad]not used:[/] {escape(found.winner.objection)}")
        _print_list(console, "beats", found.beaten)
    _print_list(console, "for other requests", found.elsewhere)


def _dependence(setting: Setting) -> str:
    names = sorted(frozenset().union(*setting.precedence.constraint_sets))
    return f"can depend on {', '.join(names)}" if names else "one value for the whole server"


def _print_list(console: SafeConsole, title: str, candidates: tuple[Candidate, ...]) -> None:
    if candidates:
        console.say(f"{title}:")
        for each in candidates:
            console.say(f"  {_in_words(each)}")


def _in_words(candidate: Candidate) -> str:
    value, held = escape(_one_line(candidate.value)), _written(candidate.constraints)
    where = escape(f" {{{held}}}") if held else ""
    source = escape(candidate.place) if candidate.place else "the server's default"
    return f"[good]{value}[/]{where}  [faint]{source}[/]"


def applied_config_document(applied: AppliedConfig) -> dict[str, Any]:
    """Return the fields of `config apply`."""
    return {
        "in_effect": applied.is_in_effect,
        "keys": applied.keys,
        "changes": [config_change_document(change) for change in applied.changes],
        "seconds": applied.seconds,
        "after_restart": list(applied.after_restart),
        "warnings": list(applied.warnings),
        "not_enforced": list(applied.not_enforced),
    }


def config_change_document(change: ConfigChange) -> dict[str, Any]:
    """Return one change; a side that is not there is null, as the server's default applies."""
    return {
        "action": change.action,
        "key": change.key,
        "constraints": dict(change.constraints),
        "before": change.before.value if change.before else None,
        "after": change.after.value if change.after else None,
    }


def config_drift_document(change: ConfigChange) -> dict[str, Any]:
    """Return one change with the fields of any other; `namespace` is where the value holds, if in one."""
    document = config_change_document(change)
    constraints = document.pop("constraints")
    return {
        "action": document["action"],
        "kind": "dynamic_config",
        "name": document["key"],
        "namespace": constraints.get("namespace"),
        "before": document["before"],
        "after": document["after"],
        "reason": f"constraints: {_written(constraints)}" if constraints else "",
    }


def applied_config_text(console: SafeConsole, applied: AppliedConfig) -> None:
    """Print what changed, from what to what, and what waits for a restart."""
    console.say(_headline(applied))
    _print_changes(console, applied)
    for key in applied.after_restart:
        console.say(f"[warn]after restart:[/] {escape(key)} is read only when the server starts")
    for sentence in applied.not_enforced:
        console.say(f"[warn]not enforced by the embedded engine:[/] {escape(sentence)}")
    if applied.needs_restart:
        console.say("\nRestart the server now: [hint]devenv config apply --restart[/]")


def _headline(applied: AppliedConfig) -> str:
    keys = _counted(len(applied.changed_keys), "key")
    if not applied.is_in_effect:
        return f"[warn]at the next start[/]: {keys} changed"
    if applied.seconds is None:
        return f"no changes: {_counted(applied.keys, 'key')} in effect"
    if not applied.changes:
        return f"[good]confirmed[/] in {applied.seconds:.1f} s: {_counted(applied.keys, 'key')} in effect"
    return f"[good]applied[/] in {applied.seconds:.1f} s: {keys} changed"


def _print_changes(console: SafeConsole, applied: AppliedConfig) -> None:
    names = [_located_key(change) for change in applied.changes]
    width = max(map(len, names), default=0)
    for name, change in zip(names, applied.changes, strict=True):
        console.say(f"  {escape(name.ljust(width))}  {escape(_values(change))}")


def config_change_line(change: ConfigChange) -> str:
    """Return one change among those of other things, as `plan` has it."""
    sign = {"create": "+", "update": "~", "delete": "-"}[change.action]
    return f"{sign} dynamic config {_located_key(change)}: {_values(change)}"


def _located_key(change: ConfigChange) -> str:
    return f"{change.key} {{{_written(change.constraints)}}}" if change.constraints else change.key


def _values(change: ConfigChange) -> str:
    """Return from what to what; without an entry the server has its own default."""
    sides = ("default" if each is None else _one_line(each.value) for each in (change.before, change.after))
    return " → ".join(sides)


def _written(constraints: Mapping[str, str | int]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in sorted(constraints.items()))


def _one_line(value: object) -> str:
    return json.dumps(value, default=str)
