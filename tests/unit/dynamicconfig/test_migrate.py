from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from config_files import FileMaker
from hypothesis import example, given
from hypothesis import strategies as st

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.findings import Code, Severity
from devenv.dynamicconfig.lint.run import lint_text
from devenv.dynamicconfig.migrate import migrate, migrate_text
from devenv.errors import DynamicConfigInvalidError

CATALOG = load_catalog("1.32.2")
GUIDE = Path(__file__).parents[2] / "data" / "dynamicconfig" / "guide.yaml"


NO_KEYS = "expected a mapping of keys to values"


def errors(text: str) -> list[str]:
    return [each.sentence for each in lint_text(text, CATALOG, "f") if each.severity is Severity.ERROR]


def is_hopeless(text: str) -> bool:
    """Tell whether there is nothing to correct."""
    hopeless = {Code.INVALID_YAML, Code.NOT_DYNAMIC_CONFIG, Code.SECOND_DOCUMENT, Code.TOO_COMPLEX}
    findings = lint_text(text, CATALOG, "f")
    return any(each.code in hopeless or each.message.startswith(NO_KEYS) for each in findings)


def migrated(text: str) -> str:
    return migrate_text(text, CATALOG, "f").text


def test_the_guide_s_file_keeps_what_has_a_successor_and_explains_the_rest() -> None:
    """Eight keys, of which the server knows one."""
    text = migrate(GUIDE, CATALOG).text

    assert errors(text) == []
    live = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert live == [
        "history.defaultWorkflowTaskTimeout:",
        "history.defaultActivityRetryPolicy:",
        "system.enableStickyQuery:",
        "system.visibilityDisableOrderByClause:",
    ]
    assert "      MaximumIntervalCoefficient: 100\n" in text
    assert (
        "a client option: set WorkflowRunTimeout when a workflow is started\n# workflow.workflowRunTimeout:"
        in text
    )
    assert "# Workflow task timeout for order-service namespace\n" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("frontend.rps: [{value: 7}]\n", "frontend.rps: [{value: 7}]\n"),
        ("frontend.rps: [{value: '12'}] # n\n", "frontend.rps: [{value: 12}] # n\n"),
        ("system.enableStickyQuery: [{value: off}]\n", "system.enableStickyQuery: [{value: false}]\n"),
        (
            "frontend.namespaceRPS:\n- value: 1\n  constraint: {namespace: a}\n",
            (
                "# devenv: `constraint` is called `constraints`\n"
                "frontend.namespaceRPS:\n- value: 1\n  constraints: {namespace: a}\n"
            ),
        ),
        (
            "history.defaultActivityRetryPolicy:\n- value: {initialInterval: 2s, maximumInterval: 1m}\n",
            (
                "history.defaultActivityRetryPolicy:\n"
                "- value: {InitialIntervalInSeconds: 2s, MaximumIntervalCoefficient: 30}\n"
            ),
        ),
        (
            "system.system.refreshNexusEndpointsMinWait: [{value: 2s}]\n",
            (
                "# devenv: was system.system.refreshNexusEndpointsMinWait, which the server does not have\n"
                "system.refreshNexusEndpointsMinWait: [{value: 2s}]\n"
            ),
        ),
        (
            "frontend.namespace_rps: [{value: '7'}]\n",
            (
                "# devenv: was frontend.namespace_rps, which the server does not have\n"
                "frontend.namespaceRPS: [{value: 7}]\n"
            ),
        ),
        (
            "enableStickyQuery: [{value: off}]\n",
            (
                "# devenv: was enableStickyQuery, which the server does not have\n"
                "system.enableStickyQuery: [{value: false}]\n"
            ),
        ),
        (
            "frontend.namespaceCount:\n- value: 9\n  constraints: {domainName: mail}\n- value: 500\n",
            (
                "# devenv: `domainName` is called `namespace`\n"
                "frontend.namespaceCount:\n- value: 9\n  constraints: {namespace: mail}\n- value: 500\n"
            ),
        ),
        (
            "frontend.namespaceRPS:\n- value: 1000\n  constraints: {namespce: mail}\n",
            (
                "# devenv: `namespce` is called `namespace`\n"
                "frontend.namespaceRPS:\n- value: 1000\n  constraints: {namespace: mail}\n"
            ),
        ),
        (
            "history.cacheMaxSize: [{value: 7}]\nhistory.hostLevelCacheMaxSize: [{value: 8}]\n",
            (
                '# devenv: server 1.32.2 has no key "history.cacheMaxSize" and ignores it; '
                'use "history.hostLevelCacheMaxSize"\n'
                "# history.cacheMaxSize: [{value: 7}]\nhistory.hostLevelCacheMaxSize: [{value: 8}]\n"
            ),
        ),
        (
            "frontend.namespaceRPS:\n  - value: 5\n  - value: x\n    constraints: {namespace: a}\n\n# next\n",
            (
                "frontend.namespaceRPS:\n  - value: 5\n"
                '# devenv: frontend.namespaceRPS is a whole number, found the text "x", '
                "and the server uses its default\n"
                "#   - value: x\n#     constraints: {namespace: a}\n\n# next\n"
            ),
        ),
    ],
)
def test_what_is_sure_is_rewritten_and_the_rest_commented_out(before: str, after: str) -> None:
    """Where it stands, with the comments around it."""
    assert migrated(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "system.system.refreshNexusEndpointsMinWait: [{value: soon}]\n",  # the value is none of that key
        "system.system.refreshNexusEndpointsMinWait: [{value: 2s, constraints: {namespace: a}}]\n",
        "maxQPS: [{value: 7}]\n",  # several end so
        "frontend.rpx: [{value: 7}]\nfrontend.rps: [{value: 8}]\n",  # it is there already
        "limit.minIDLength: [{value: 7}]\n",  # not maxIDLength: the opposite
        "zzz: [{value: 7}]\n",
    ],
)
def test_an_unknown_key_that_may_mean_anything_is_commented_out(text: str) -> None:
    """A guess is for a person to make."""
    first, *rest = text.splitlines()

    assert migrated(text).splitlines()[1:] == [f"# {first}", *rest]


@pytest.mark.parametrize(
    ("broken", "valid"),
    [
        ("  - {value: x}", "  - {value: 500}"),
        ("  - {value: 1000, constraints: {cluster: mail}}", "  - {value: 500}"),
        ("  - {value: 1000, constraints: {namespace: 5}}", "  - {value: 500}"),
        ("  - {value: 1000, constraints: [mail]}", "  - {value: 500}"),
        ("  - {value: 1000, everywhere: true}", "  - {value: 500}"),
        ("  - {constraints: {namespace: mail}}", "  - {value: 500}"),
        ("  - {value: 1, value: 2}", "  - {value: 500}"),
    ],
)
def test_the_valid_value_beside_a_broken_one_stays(broken: str, valid: str) -> None:
    """Whatever is wrong with the other."""
    lines = migrated(f"frontend.namespaceRPS:\n{broken}\n{valid}\n").splitlines()

    assert [line for line in lines if not line.startswith("#")] == ["frontend.namespaceRPS:", valid]


@pytest.mark.parametrize("again", ["frontend.rps", "Frontend.RPS"])
@pytest.mark.parametrize("item", ["\n- value: {}\n", " [{{value: {}}}]\n"])
def test_of_a_key_that_is_there_twice_the_valid_one_stays(again: str, item: str) -> None:
    """The first of two valid ones."""
    broken, valid = f"frontend.rps:{item.format('x')}", f"{again}:{item.format(500)}"

    assert _live(migrated(broken + valid)) == _live(valid)
    assert _live(migrated(valid + broken)) == _live(valid)
    assert _live(migrated(valid + valid.replace("500", "600"))) == _live(valid)


def _live(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("text", ["a: [", "persistence: {}\nlog: {}\n", "a: 1\n---\nb: 1\n"])
def test_what_is_no_dynamic_config_is_refused(text: str) -> None:
    """There is nothing to correct."""
    with pytest.raises(DynamicConfigInvalidError):
        migrated(text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """With its place."""
    with pytest.raises(DynamicConfigInvalidError, match=r"none.yaml: cannot be read"):
        migrate(tmp_path / "none.yaml", CATALOG)


@pytest.mark.parametrize("seed", range(5))
def test_a_migrated_file_has_no_errors(seed: int) -> None:
    """Whatever was wrong with it."""
    maker = FileMaker(CATALOG, Random(seed))
    for _ in range(60):
        text = maker.spoilt()
        if not is_hopeless(text):
            assert errors(migrated(text)) == []


@given(st.text(alphabet=st.sampled_from("ab:.- \n\t[]{}&*!|>'\"#?%@,<0~é\x07\r")))
@example("a: &a [*a]")
@example("? - a\n: - value: 1")
@example("{frontend.rpx: [{value: 1}]}")
def test_no_text_is_a_crash(text: str) -> None:
    """Linted or migrated."""
    lint_text(text, CATALOG, "f")
    try:
        corrected = migrated(text)
    except DynamicConfigInvalidError:
        return
    assert errors(corrected) == []
