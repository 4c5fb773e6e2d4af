"""The evidence of a `run`: its index, for programs and for people, and what is said on the terminal."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from devenv.cli.output.documents import SCHEMA_VERSION, json_text
from devenv.cli.output.visible import escape, one_line
from devenv.cli.views.stack import report_document
from devenv.stack.artifacts import INDEX, KIND
from devenv.stack.evidence import DYNAMIC_CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from devenv.cli.output.terminal import SafeConsole
    from devenv.stack.evidence import Evidence
    from devenv.stack.histories import SavedHistory

READ_ME = "index.md"
SHOWN_WORKFLOWS = 10
SUMMARY_WORKFLOWS = 50
LONGEST_MESSAGE = 1000
_DESCRIPTIONS = {
    "status.json": "what `devenv status -o json` said",
    "timings.json": "how long each step took",
    DYNAMIC_CONFIG: "the dynamic config that the server used",
}
# What Markdown or HTML would read as more than text.
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~<>&])")


def evidence_files(evidence: Evidence, collected: Mapping[str, int]) -> dict[str, bytes]:
    """Return the files that are written last, the indexes among them, by name."""
    files = {
        "timings.json": _file({"timings": [asdict(timing) for timing in evidence.timings]}),
    }
    if evidence.status is not None:
        status = {"schema_version": SCHEMA_VERSION, "ok": True, "stack": evidence.stack}
        files["status.json"] = _file(status | report_document(evidence.status))
    sizes = {**collected, **{name: len(content) for name, content in files.items()}}
    files[READ_ME] = index_markdown(evidence, sizes).encode(errors="replace")
    listed = [{"path": name, "bytes": size} for name, size in sorted(sizes.items())]
    # By their names the next run knows what it may replace.
    listed += [{"path": READ_ME, "bytes": len(files[READ_ME])}, {"path": INDEX, "bytes": None}]
    index = {
        "schema_version": SCHEMA_VERSION,
        "ok": evidence.exit_code == 0,
        "kind": KIND,
        "stack": evidence.stack,
    }
    files[INDEX] = _file({**index, **evidence_document(evidence), "files": listed})
    return files


def _file(document: Mapping[str, Any]) -> bytes:
    return f"{json_text(document, indent=2)}\n".encode()


def evidence_document(evidence: Evidence) -> dict[str, Any]:
    """Return what is known of the run, without its files."""
    first = evidence.first_failure
    return {
        "command": evidence.program,
        "exit_code": evidence.exit_code,
        "error": evidence.error or None,
        "engine": evidence.engine,
        "began_at": evidence.began_at.isoformat(),
        "stack_stays_up": evidence.stays_up,
        "first_failure": _sentence(first) if first is not None else None,
        "timings": [asdict(timing) for timing in evidence.timings],
        "workflows": [_workflow(each, evidence) for each in (*evidence.failed, *evidence.open)],
        "left_out": list(evidence.left_out),
        "problems": list(evidence.problems),
    }


def _workflow(saved: SavedHistory, evidence: Evidence) -> dict[str, Any]:
    run = saved.run
    return {
        "namespace": run.namespace,
        "workflow_id": run.workflow_id,
        "run_id": run.run_id,
        "type": run.type,
        "status": run.status,
        "failure": _cut(saved.failure) or None,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "closed_at": run.closed_at.isoformat() if run.closed_at else None,
        "history": saved.path or None,
        "problem": saved.problem or None,
        "url": _url(saved, evidence),
    }


def _url(saved: SavedHistory, evidence: Evidence) -> str | None:
    """Return the page of a workflow, None where nobody will serve it."""
    if not (evidence.stays_up and evidence.ui):
        return None
    namespace, workflow, run = (
        quote(part, safe="") for part in (saved.run.namespace, saved.run.workflow_id, saved.run.run_id)
    )
    return f"{evidence.ui}/namespaces/{namespace}/workflows/{workflow}/{run}/history"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"


def _sentence(saved: SavedHistory) -> str:
    run = saved.run
    said = f": {_cut(saved.failure)}" if saved.failure else ""
    return f"{run.namespace}/{run.workflow_id} ({run.type}) {_word(saved)}{said}"


def _word(saved: SavedHistory) -> str:
    words = {"TimedOut": "timed out", "Running": "is still open", "Paused": "is paused"}
    return words.get(saved.run.status, saved.run.status.lower())


def outcome(evidence: Evidence) -> str:
    """Return in one sentence how the run ended."""
    if evidence.error:
        return f"{evidence.program} was not run: {evidence.error}"
    return f"{evidence.program} ended with exit code {evidence.exit_code}"


def index_markdown(evidence: Evidence, sizes: Mapping[str, int]) -> str:
    """Return the index for people."""
    began = evidence.began_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    parts = [
        f"# {markdown(outcome(evidence))}",
        f"Stack {markdown(evidence.stack)} on {evidence.engine or 'no engine'}, {began}.",
        *_workflow_parts(evidence),
        *_notes("Left out", evidence.left_out),
        *_notes("What could not be collected", evidence.problems),
        "## Times",
        timings_table(evidence),
        "## Files",
        _table(
            ("File", "Bytes", ""),
            [(f"[{name}]({name})", f"{size:,}", _description(name)) for name, size in sorted(sizes.items())],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def annotation(evidence: Evidence) -> tuple[str, str]:
    """Return title and message of the error that GitHub shows on the page of a run."""
    first = evidence.first_failure
    cause = f"the first workflow that failed: {_sentence(first)}" if first is not None else ""
    return f"devenv run: {evidence.program}", f"{outcome(evidence)}; {cause}" if cause else outcome(evidence)


def step_summary(evidence: Evidence) -> str:
    """Return what GitHub shows below a step: how it ended, workflows that failed, and times."""
    parts = [f"### devenv run: {markdown(outcome(evidence))}"]
    told = [*evidence.failed, *evidence.open]
    if told:
        parts.append(workflows_table(told[:SUMMARY_WORKFLOWS], evidence, has_histories=False))
    if len(told) > SUMMARY_WORKFLOWS:
        parts.append(f"{len(told) - SUMMARY_WORKFLOWS} more are in the index of the evidence.")
    parts += [timings_table(evidence)] if evidence.timings else []
    return "\n\n".join([*parts, *_notes("Problems", evidence.problems)]) + "\n\n"


def _description(name: str) -> str:
    if name.startswith("histories/"):
        return "for the Web UI's import and for replayers"
    return _DESCRIPTIONS.get(name, "the log of the service")


def _workflow_parts(evidence: Evidence) -> list[str]:
    groups = {"Workflows that failed": evidence.failed, "Workflows that are still open": evidence.open}
    return [
        part
        for title, group in groups.items()
        if group
        for part in (f"## {title}", workflows_table(group, evidence))
    ] or ["No workflow that was started since failed or is open, as far as is known."]


def _notes(title: str, sentences: Sequence[str]) -> list[str]:
    return [f"## {title}", "\n".join(f"- {markdown(each)}" for each in sentences)] if sentences else []


def timings_table(evidence: Evidence) -> str:
    """Return the steps with their times, as Markdown."""
    rows = [
        (markdown(each.step), f"{each.started_s:.1f} s", f"{each.seconds:.1f} s")
        for each in sorted(evidence.timings, key=lambda each: each.started_s)
    ]
    return _table(("Step", "Started", "Took"), rows)


def workflows_table(group: Iterable[SavedHistory], evidence: Evidence, *, has_histories: bool = True) -> str:
    """Return workflows with why they failed, as Markdown, with their histories if these are beside it."""
    head = ["Namespace", "Workflow", "Type", "Ended", "Failure"]
    rows = []
    for each in group:
        name, url = markdown(each.run.workflow_id), _url(each, evidence)
        row = [markdown(each.run.namespace), f"[{name}]({url})" if url else name, markdown(each.run.type)]
        row += [markdown(_word(each)), markdown(_cut(each.failure))]
        if has_histories:
            row.append(f"[history]({each.path})" if each.path else markdown(each.problem))
        rows.append(row)
    return _table([*head, "History"] if has_histories else head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def markdown(text: str) -> str:
    """Return `text`, which others wrote, so that Markdown shows it as it is, in one line."""
    return _MARKUP.sub(r"\\\1", one_line(text))


def evidence_text(console: SafeConsole, evidence: Evidence, home: Path) -> None:
    """Print where the evidence is, and what it says in short."""
    console.say(f"[bold]{escape(outcome(evidence))}[/]; evidence: {escape(str(home / READ_ME))}")
    told = [*evidence.failed, *evidence.open]
    for each in told[:SHOWN_WORKFLOWS]:
        console.say(f"  [bad]✗[/] {escape(one_line(_sentence(each)))}")
        url = _url(each, evidence)
        if url is not None:
            console.say(f"    {escape(url)}")
    if len(told) > SHOWN_WORKFLOWS:
        console.say(f"  {len(told) - SHOWN_WORKFLOWS} more workflows are in the index")
    for sentence in evidence.left_out:
        console.say(f"  left out: {escape(one_line(sentence))}")
    for sentence in evidence.problems:
        console.say(f"  [warn]warning:[/] {escape(one_line(sentence))}")
