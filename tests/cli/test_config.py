"""`devenv config`: what is printed, and the exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine

GUIDE = Path(__file__).parents[1] / "data" / "dynamicconfig" / "guide.yaml"
BAD = "dynamicconfig/limits.yaml"


def test_a_project_without_faults_has_no_findings(devenv: CommandLine) -> None:
    """What devenv ships is not the user's to correct."""
    result = devenv("config", "lint")

    assert (result.code, result.out, result.err) == (0, "no findings\n", "")


def test_findings_are_listed_with_place_code_and_advice(devenv: CommandLine) -> None:
    """Errors make exit code 3."""
    devenv.write(BAD, "frontend.rpx:\n  - value: 1\nfrontend.rps:\n  - value: '12'\n")

    result = devenv("config", "lint")

    assert (result.code, result.err) == (3, "")
    assert result.out == (
        f'{BAD}:1:1: error[unknown-key] server 1.32.2 has no key "frontend.rpx" and ignores it\n'
        '    → did you mean "frontend.rps"?\n'
        f'{BAD}:4:12: error[wrong-type] frontend.rps is a whole number, found the text "12", '
        "and the server uses its default\n"
        "    → write 12\n\n2 errors\n"
    ).replace('did you mean "frontend.rps"?', _advice_in(result.out))


def _advice_in(out: str) -> str:
    """Return the guess, which depends on the catalog's likeness of keys."""
    advice = out.splitlines()[1].strip().removeprefix("→ ")
    assert advice.startswith('did you mean "frontend.rps"')
    return advice


def test_the_document_of_a_lint_with_errors_has_findings_and_error(devenv: CommandLine) -> None:
    """So that who reads only one of them knows."""
    devenv.write(BAD, "frontend.rps:\n  - value: '12'\n")

    result = devenv("config", "lint", "-o", "json")

    assert result.code == 3
    assert result.error["code"] == "dynamic-config-invalid"
    assert result.document["findings"] == [
        {
            "severity": "error",
            "code": "wrong-type",
            "file": BAD,
            "line": 2,
            "column": 12,
            "key": "frontend.rps",
            "message": 'frontend.rps is a whole number, found the text "12", and the server uses its default',
            "suggestion": "write 12",
        }
    ]


def test_warnings_alone_are_no_failure(devenv: CommandLine) -> None:
    """The document is one of success."""
    devenv.write("dynamicconfig/namespaces/orders.yaml", "limit.blobSize.error: 700000\n")

    result = devenv("config", "lint", "-o", "json")

    assert result.code == 0
    assert result.document["ok"] is True
    assert [each["code"] for each in result.document["findings"]] == ["undeclared-namespace"]
    assert devenv("config", "lint").out.endswith("\n1 warning\n")


def test_a_file_is_linted_alone(devenv: CommandLine) -> None:
    """Whatever project surrounds it, even a broken one."""
    devenv.write("devenv.toml", "nonsense = 1\n")
    devenv.write(BAD, "frontend.rpx: [{value: 1}]\n")
    devenv.write("other.yaml", "frontend.rps: [{value: 1}]\n")

    assert devenv("config", "lint", "other.yaml").code == 0
    assert devenv("config", "lint", "other.yaml", BAD).code == 3
    assert devenv("config", "lint").code == 3


def test_github_shows_findings_beside_their_lines(devenv: CommandLine) -> None:
    """What its workflow commands mean otherwise is escaped."""
    devenv.write("a,b:c.yaml", "frontend.rps: [{value: '50%'}]\n")

    assert devenv("config", "lint", "--format", "github", "a,b:c.yaml").out == (
        "::error file=a%2Cb%3Ac.yaml,line=1,col=24,title=devenv%3A wrong-type::"
        'frontend.rps is a whole number, found the text "50%25", and the server uses its default\n'
    )


def test_github_shows_the_first_findings_of_a_file_and_how_many_are_left_out(devenv: CommandLine) -> None:
    """As the text does."""
    devenv.write("many.yaml", "".join(f"frontend.rpx{number}: [{{value: 1}}]\n" for number in range(1060)))

    *shown, last = devenv("config", "lint", "--format", "github", "many.yaml").out.splitlines()

    assert len(shown) == 50
    assert all(line.startswith("::error file=many.yaml") for line in shown)
    more = "devenv%3A 1%2C010 more findings"
    assert last == f"::notice file=many.yaml,title={more}::all of them with `-o json`"


@pytest.mark.parametrize("command", [("up",), ("config", "show")], ids=" ".join)
def test_what_lint_calls_an_error_is_refused_everywhere(
    devenv: CommandLine, command: tuple[str, ...]
) -> None:
    """With all of it in one message."""
    devenv.write(BAD, "frontend.rpx: [{value: 1}]\nfrontend.rps: [{value: x}]\n")

    result = devenv(*command)

    assert result.code == 3
    assert f'error: {BAD}:1:1: server 1.32.2 has no key "frontend.rpx"' in result.err
    assert f"  {BAD}:2:24: frontend.rps is a whole number" in result.err
    assert "hint: correct the file; `devenv config lint`" in result.err


def test_up_says_warnings_in_short(devenv: CommandLine) -> None:
    """A few as they are, many as a number."""
    devenv.write("dynamicconfig/namespaces/orders.yaml", "limit.blobSize.error: 7\n")
    assert 'no seed declares the namespace "orders"' in devenv("up").err

    many = "".join(
        f"{key}: 7\n" for key in ("limit.blobSize.error", "limit.blobSize.warn", "frontend.namespaceRPS")
    )
    devenv.write("dynamicconfig/namespaces/orders.yaml", f"{many}frontend.namespaceCount: 7\n")
    assert "dynamic config: 4 warnings (4 undeclared-namespace)" in devenv("up").err


def test_explain_shows_which_value_holds_and_what_it_beats(devenv: CommandLine) -> None:
    """With the place of each."""
    devenv.write(BAD, "limit.blobSize.error:\n  - value: 5\n")
    devenv.write("dynamicconfig/namespaces/orders.yaml", "limit.blobSize.error: 7\n")

    result = devenv("config", "explain", "LIMIT.blobsize.error", "--namespace", "orders")

    assert result.code == 0
    assert "int, can depend on namespace" in result.out
    assert result.out.endswith(
        "value for namespace orders: 7 {namespace: orders}  dynamicconfig/namespaces/orders.yaml:1:1\n"
        f"beats:\n  5  {BAD}:2:5\n  2097152  the server's default\n"
    )
    document = devenv("config", "explain", "limit.blobSize.error", "-o", "json").document
    assert (document["key"], document["value"], document["winner"]["place"]) == (
        *("limit.blobSize.error", 5),
        f"{BAD}:2:5",
    )
    assert [each["value"] for each in document["elsewhere"]] == [7]


def test_explain_warns_of_a_namespace_that_no_seed_declares(devenv: CommandLine) -> None:
    """With the nearest name; the answer is that of any other namespace."""
    devenv.write("seeds/a.yaml", "namespaces: [{name: orders}]\n")
    result = devenv("config", "explain", "limit.blobSize.error", "-n", "ordrs")
    assert result.code == 0
    assert 'no seed declares the namespace "ordrs"; did you mean "orders"?' in result.err
    assert devenv("config", "explain", "limit.blobSize.error", "-n", "orders").err == ""


def test_json_findings_are_asked_for_like_every_json(devenv: CommandLine) -> None:
    """Not as a format of findings."""
    result = devenv("config", "lint", "--format", "json")
    assert result.code == 2
    assert "JSON is `-o json`" in result.err


def test_explain_says_when_the_server_cannot_use_a_value(devenv: CommandLine) -> None:
    """It works with its default then."""
    devenv.write(BAD, "frontend.rps:\n  - value: x\n")

    assert "not used: frontend.rps is a whole number" in devenv("config", "explain", "frontend.rps").out


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (
            ("worker.enableStickyQuery",),
            'has no key "worker.enableStickyQuery"',
            'use "system.enableStickyQuery"',
        ),
        (("system.enableStickyQery",), "has no key", 'did you mean "system.enableStickyQuery"'),
        (("zzz",), 'has no key "zzz"', "list all keys: `devenv config keys`"),
        (("matching.rps", "--task-type", "worker"), '"worker" is no taskType', "name one of Workflow"),
    ],
)
def test_explain_refuses_what_the_server_does_not_know(
    devenv: CommandLine, arguments: tuple[str, ...], message: str, hint: str
) -> None:
    """With what may have been meant."""
    result = devenv("config", "explain", *arguments)

    assert result.code == 3
    assert message in result.err
    assert f"hint: {hint}" in result.err


def test_keys_are_searched_by_their_words(devenv: CommandLine) -> None:
    """A whole key is printed, however long, and None of the rest."""
    result = devenv("config", "keys", "blobsize error")

    assert result.out == (
        "KEY                   TYPE  PRECEDENCE  DEFAULT\nlimit.blobSize.error  int   Namespace   2097152\n"
    )
    assert [each["key"] for each in devenv("config", "keys", "blobsize", "-o", "json").document["keys"]][:1]
    assert devenv("config", "keys", "no-such-word").out == "no such key; `devenv config keys` lists all\n"
    assert len(devenv("config", "keys").out.splitlines()) > 600


def test_show_prints_what_the_server_reads_with_places(devenv: CommandLine) -> None:
    """In the server's form."""
    devenv.write(
        BAD, "limit.blobSize.error:\n  - value: 5\n  - {value: 6, constraints: {namespace: default}}\n"
    )

    result = devenv("config", "show")

    assert (
        f"limit.blobSize.error:\n  # {BAD}:2:5\n  - value: 5\n  # {BAD}:3:5\n  - value: 6\n"
        '    constraints:\n      namespace: "default"\n'
    ) in result.out
    document = devenv("config", "show", "-o", "json").document
    assert document["text"] == result.out
    assert {
        "key": "limit.blobSize.error",
        "value": 5,
        "constraints": {},
        "place": f"{BAD}:2:5",
    }.items() <= next(each for each in document["entries"] if each["value"] == 5).items()


def test_migrate_prints_a_corrected_file(devenv: CommandLine) -> None:
    """The guide's, which lints without errors afterwards; the old one stays."""
    before = GUIDE.read_text()
    assert devenv("config", "lint", str(GUIDE)).code == 3

    result = devenv("config", "migrate", str(GUIDE))

    devenv.write("new.yaml", result.out)
    assert (result.code, result.err) == (0, "")
    assert devenv("config", "lint", "new.yaml").code == 0
    assert GUIDE.read_text() == before
    assert devenv("config", "migrate", str(GUIDE), "-o", "json").document["text"] == result.out


def test_migrate_refuses_what_is_no_dynamic_config(devenv: CommandLine) -> None:
    """With its place."""
    devenv.write("x.yaml", "persistence: {}\nservices: {}\n")

    result = devenv("config", "migrate", "x.yaml")

    assert result.code == 3
    assert "x.yaml:1:1: this is the static config of a server" in result.err
