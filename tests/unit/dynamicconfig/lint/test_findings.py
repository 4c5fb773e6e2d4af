from __future__ import annotations

import pytest
from unit.dynamicconfig.lint.linting import CATALOG, lint, shown

from devenv.dynamicconfig.catalog.load import covered_versions, load_catalog
from devenv.dynamicconfig.findings import Code, Severity
from devenv.dynamicconfig.lint.converters import CONVERTERS
from devenv.dynamicconfig.replacements import load_field_replacements, load_replacements

EXAMPLES = [
    (Code.INVALID_YAML, "a: [\n", "1:5", "a value or a closing bracket is missing"),
    (Code.INVALID_YAML, "a:\n\t- value: 1\n", "2:1", "a tab cannot indent YAML"),
    (Code.INVALID_YAML, "frontend.rps: [{value: !!int x}]", "1:24", "is not !!int"),
    (Code.INVALID_YAML, "frontend.rps: [{value: a?b}]", "1:24", "question mark"),
    (Code.TOO_COMPLEX, f"a: {'[' * 60}", "1:53", "nested deeper than 50 levels"),
    (Code.SECOND_DOCUMENT, "frontend.rps: [{value: 1}]\n---\nb: 1\n", "2:1", "reads no further"),
    (Code.NOT_DYNAMIC_CONFIG, "persistence: {}\nservices: {}\n", "1:1", "static config of a server"),
    (Code.NOT_DYNAMIC_CONFIG, "apiVersion: v1\nkind: ConfigMap\n", "1:1", "Kubernetes manifest (ConfigMap)"),
    (Code.NOT_DYNAMIC_CONFIG, "x:\n  y:\n    frontend.rps:\n    - value: 1\n", "3:5", "stands below `x.y`"),
    (Code.DUPLICATE_KEY, "frontend.rps: [{value: 1}]\nfrontend.rps: [{value: 2}]\n", "2:1", "here twice"),
    (Code.DUPLICATE_KEY, "frontend.rps: [{value: {a: 1, a: 2}}]", "1:31", "first at line 1, column 25"),
    (
        Code.KEY_REPEATED,
        "frontend.rps: [{value: 1}]\nFrontend.RPS: [{value: 2}]\n",
        "2:1",
        "already, at line 1",
    ),
    (
        Code.WRONG_SHAPE,
        "frontend.rps: 1200\n",
        "1:1",
        "needs a list of {value, constraints}, found the number",
    ),
    (Code.WRONG_SHAPE, "- frontend.rps\n", "1:1", "expected a mapping of keys to values, found a list"),
    (Code.IGNORED_ITEM, "frontend.rps:\n  -\n  - value: 1\n", "2:4", "an empty list item"),
    (Code.IGNORED_ITEM, "~: [{value: 1}]\n", "1:1", "an empty key"),
    (Code.KEY_NOT_TEXT, "frontend.rps: [{value: {1: 2}}]", "1:25", "keys that are text, found 1"),
    (Code.UNKNOWN_ITEM_FIELD, "frontend.rps: [{value: 1, constraint: {}}]", "1:27", 'field "constraint"'),
    (Code.MISSING_VALUE, "frontend.rps:\n  - constraints: {}\n", "2:5", 'missing field "value"'),
    (Code.NO_VALUES, "frontend.rps: []\n", "1:1", "has no values"),
    (
        Code.GUARDED_LIMIT,
        "limit.blobSize.error: [{value: 1000}]",
        "1:32",
        "limit.blobSize.warn, which is 524288",
    ),
    (Code.UNKNOWN_KEY, "frontend.rpx: [{value: 1}]", "1:1", 'has no key "frontend.rpx"'),
    (Code.WRONG_TYPE, "frontend.rps: [{value: '12'}]", "1:24", 'a whole number, found the text "12"'),
    (Code.WRONG_TYPE, "frontend.rps:\n- value:\n", "2:9", "a whole number, found nothing"),
    (Code.WRONG_TYPE, "system.enableStickyQuery: [{value: yes}]", "1:36", "is true or false"),
    (Code.WRONG_TYPE, "matching.useNewMatcher: [{value: {New: 5}}]", "1:40", "New: expected true or false"),
    (Code.WRONG_TYPE, "history.defaultActivityRetryPolicy: [{value: 5}]", "1:46", "expected a mapping"),
    (Code.INVALID_VALUE, "history.defaultWorkflowTaskTimeout: [{value: 10 s}]", "1:46", "is not a duration"),
    (Code.INVALID_VALUE, "matching.partitionScaler: [{value: {Fixed: -1}}]", "1:44", "must not be negative"),
    (
        Code.INVALID_VALUE,
        "matching.partitionScaler: [{value: {Ups: [{}]}}]",
        "1:43",
        "Window of at least 100ms",
    ),
    (
        Code.INVALID_VALUE,
        "nexusoperation.callback.endpoint.template: [{value: '{{.X'}]",
        "1:53",
        "a {{ without its }}",
    ),
    (Code.IGNORED_VALUE, "callback.allowedAddresses: [{value: [{}]}]", "1:38", "without a Pattern"),
    (
        Code.IGNORED_VALUE,
        "system.nexusHTTPTraceConfig: [{value: {Hooks: [X]}}]",
        "1:48",
        'no hook is called "X"',
    ),
    (
        Code.IGNORED_VALUE,
        "system.nexusHTTPTraceConfig: [{value: {Enabled: 5}}]",
        "1:49",
        "Enabled: expected true",
    ),
    (Code.IGNORED_VALUE, "history.defaultActivityRetryPolicy: [{value: ~}]", "1:46", "nothing is set here"),
    (
        Code.UNKNOWN_FIELD,
        "history.defaultActivityRetryPolicy: [{value: {maximumInterval: 5}}]",
        "1:47",
        'has no field "maximumInterval"',
    ),
    (Code.UNKNOWN_CONSTRAINT, "frontend.rps: [{value: 1, constraints: {ns: a}}]", "1:41", 'constraint "ns"'),
    (
        Code.INVALID_CONSTRAINT,
        "frontend.namespaceRPS: [{value: 1, constraints: {namespace: 1}}]",
        "1:50",
        "quote it",
    ),
    (
        Code.INVALID_CONSTRAINT,
        "matching.rps: [{value: 1, constraints: {taskType: w}}]",
        "1:41",
        "is no taskType",
    ),
    (Code.INVALID_CONSTRAINT, "history.x: [{value: 1, constraints: {shardID: '1'}}]", "1:38", "whole number"),
    (
        Code.CONSTRAINT_REPEATED,
        "frontend.namespaceRPS: [{value: 1, constraints: {namespace: a, Namespace: b}}]",
        "1:64",
        "here twice",
    ),
    (
        Code.CONSTRAINT_NOT_FOR_KEY,
        "frontend.rps: [{value: 1, constraints: {namespace: a}}]",
        "1:41",
        "never depends on namespace",
    ),
    (
        Code.CONSTRAINTS_NEVER_MATCH,
        "matching.numTaskqueueReadPartitions: [{value: 1, constraints: {taskQueueName: q, taskType: 1}}]",
        "1:39",
        "taskQueueName and taskType together",
    ),
    (
        Code.SAME_CONSTRAINTS,
        "frontend.rps: [{value: 1}, {value: 2}]",
        "1:28",
        "has a value already at f.yaml:1:16",
    ),
    (
        Code.SAME_CONSTRAINTS,
        "frontend.namespaceRPS: [{value: 1}, {value: 2, constraints: {namespace: ''}}]",
        "1:37",
        "has a value already",
    ),
    (
        Code.PLACEHOLDER,
        "system.secondaryVisibilityWritingMode: [{value: '${MODE}'}]",
        "1:49",
        "nothing expands ${MODE} here",
    ),
    (
        Code.PLACEHOLDER,
        "frontend.namespaceRPS: [{value: 1, constraints: {namespace: '{{ .Values.ns }}'}}]",
        "1:50",
        "the namespace: nothing expands {{ .Values.ns }} here",
    ),
    (
        Code.PLACEHOLDER,
        "nexusoperation.callback.endpoint.template: [{value: 'http://${HOST}/{{.NamespaceName}}'}]",
        "1:53",
        "nothing expands ${HOST}",
    ),
    (
        Code.PLACEHOLDER,
        "frontend.httpAllowedHosts: [{value: [a.example, '{{ host }}']}]",
        "1:49",
        "nothing expands {{ host }}",
    ),
    (Code.SAME_AS_DEFAULT, "limit.blobSize.error: [{value: 2097152}]", "1:32", "is 2097152 already"),
    (Code.SAME_AS_DEFAULT, "history.defaultWorkflowTaskTimeout: [{value: 10}]", "1:46", "is 10s already"),
]
ELSEWHERE = {
    Code.UNREADABLE_FILE,
    Code.OTHER_NAMESPACE,
    Code.UNDECLARED_NAMESPACE,
    Code.READ_AT_START,
    Code.NOT_IN_EMBEDDED,
    Code.NOT_ENFORCED,
    Code.SERVER_ERROR,
    Code.SERVER_WARNING,
}


@pytest.mark.parametrize(("code", "text", "place", "words"), EXAMPLES)
def test_a_fault_is_found_at_its_place(code: Code, text: str, place: str, words: str) -> None:
    """Each with a code that stays, and in words."""
    found = {each.code: each for each in reversed(lint(text))}

    assert code in found
    assert f"{found[code].line}:{found[code].column}" == place
    assert words in found[code].message


def test_every_code_is_tested() -> None:
    """Those of projects and of files are in test_layers.py."""
    assert {code for code, *_ in EXAMPLES} | ELSEWHERE == set(Code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "~",
        "frontend.rps: [{value: 010}]",
        "FRONTEND.rps:\r\n- value: 1_000\r\n",
        "frontend.namespaceRPS: [{value: 1, constraints: {NAMESPACE: a}}, {value: 2}]",
        "frontend.rps: &x [{value: 1}]\nhistory.rps: *x\n",
        "frontend.rps: [{<<: {value: 1}}]",
        "matching.useNewMatcher: [{value: {Old: ~, New: true, Start: 2026-01-31T10:00:00Z}}]",
        "matching.partitionScaler: [{value: {Ups: [{Window: 1s, TargetRate: 5}], max: 3}}]",
        "nexusoperation.retryPolicy: [{value: {initialInterval: 2s}}]",
        "frontend.httpAllowedHosts: [{value: ['*.example.com']}]",
        "callback.allowedAddresses: [{value: [{pattern: '*', allowInsecure: true}]}]",
        "nexusoperation.callback.endpoint.template: [{value: 'http://x/{{.NamespaceName}}'}]",
        "---\nfrontend.rps: [{value: 1}]\n...\n",
    ],
)
def test_what_the_server_takes_has_no_finding(text: str) -> None:
    """Keys, constraints and fields are the same in any case."""
    assert shown(lint(text)) == []


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("system.enableStickyQery: [{value: true}]", 'did you mean "system.enableStickyQuery"'),
        ("worker.enableStickyQuery: [{value: true}]", 'use "system.enableStickyQuery"'),
        ("history.emitShardDiffLog: [{value: true}]", "servers had it up to 1.19"),
        ("system.enableStickyQuery: [{value: off}]", "write false"),
        ("frontend.rps: [{value: '12'}]", "write 12"),
        ("frontend.rps:\n- value: ${RPS}\n", "nothing expands ${RPS} here: write the value itself"),
        ("frontend.rps: [{value: $RPS}]", "nothing expands $RPS here: write the value itself"),
        ("frontend.rps: [{value: ${RPS}}]", "nothing expands ${RPS} here: write the value itself"),
        ("frontend.rps: [{value: '${RPS}'}]", "nothing expands ${RPS} here: write the value itself"),
        ("frontend.rps:\n- value: {{ .Values.rps }}\n", "write the value itself"),
        ("history.defaultWorkflowTaskTimeout: [{value: '{{ t }}'}]", "nothing expands {{ t }} here"),
        (
            "history.defaultActivityRetryPolicy: [{value: {MaximumAttempts: '${N}'}}]",
            "nothing expands ${N} here",
        ),
        ("{{- if .Values.x }}\nfrontend.rps: [{value: 1}]\n{{- end }}\n", "nothing expands {{- if"),
        ("'{{ service }}.rps': [{value: 1}]", "nothing expands {{ service }} here"),
        ("matching.rps: [{value: 1, constraints: {taskType: '${T}'}}]", "nothing expands ${T} here"),
        (
            "nexusoperation.callback.endpoint.template: [{value: 'x{{.Host}}'}]",
            "the fields of this template are",
        ),
        ("frontend.namespaceRPS: [{value: 1, constraints: {domainName: a}}]", 'did you mean "namespace"?'),
        (
            "frontend.namespaceRPS: [{value: 1, constraints: {taskListName: a}}]",
            'did you mean "taskQueueName"?',
        ),
        ("frontend.rps: [{value: 12.0}]", "write 12"),
        ("history.defaultWorkflowTaskTimeout: [{value: 2 weeks}]", "write 14d"),
        ("history.defaultWorkflowTaskTimeout: [{value: soon}]", "units ms, s, m, h and d"),
        ("frontend.rps: [{value: 1, constraint: {}}]", "write `constraints`"),
        ("frontend.rps: [{value: 1, constraints: {namespace: a}}]", "take the constraint out"),
        (
            "matching.rps: [{value: 1, constraints: {namespace: a, taskType: 1}}]",
            "it holds for the whole server",
        ),
        (
            "matching.numTaskqueueReadPartitions: [{value: 1, constraints: {taskQueueName: q, taskType: 1}}]",
            "add namespace",
        ),
        (
            "history.defaultActivityRetryPolicy: [{value: {maximumInterval: 5}}]",
            'use "MaximumIntervalCoefficient"',
        ),
    ],
)
def test_a_finding_says_what_to_write(text: str, suggestion: str) -> None:
    """Not what is wrong once more."""
    assert any(suggestion in (each.suggestion or "") for each in lint(text))


@pytest.mark.parametrize("version", covered_versions())
def test_every_converter_of_the_server_is_known(version: str) -> None:
    """A new one needs a check of its own."""
    used = {each.converter for each in load_catalog(version).settings.values() if each.converter}

    assert used <= CONVERTERS.keys()


def test_every_replacement_exists_and_no_replaced_key_does() -> None:
    """In the catalog of the newest server."""
    for key, replacement in load_replacements().items():
        assert CATALOG.find(key) is None
        assert replacement.use is None or CATALOG.find(replacement.use) is not None
        assert replacement.advice
    for key, fields in load_field_replacements().items():
        setting = CATALOG.find(key)
        assert setting is not None
        assert setting.shape is not None
        known = {name.lower() for name in setting.shape.fields}
        assert not fields.keys() & known
        assert {each.use.lower() for each in fields.values() if each.use} <= known


def test_a_key_that_is_read_at_start_is_a_warning() -> None:
    """It is no mistake to set it."""
    setting = next(
        each for each in CATALOG.settings.values() if each.read == "start" and each.type.value == "int"
    )
    [finding] = lint(f"{setting.key}: [{{value: 98765}}]")

    assert (finding.code, finding.severity) == (Code.READ_AT_START, Severity.WARNING)


@pytest.mark.parametrize("text", ["a: &a [x,{{ y }}]", "frontend.rps:\n- value: {{ .Values.rps }}\n"])
def test_nobody_is_told_to_quote_a_placeholder(text: str) -> None:
    """Between quotes it would be expanded no more."""
    assert all("quote" not in each.message + (each.suggestion or "") for each in lint(text))


@pytest.mark.parametrize(
    "constraints",
    [
        "{domainName: mail}",
        "{namespce: mail}",
        "{namespace: 5}",
        "[mail]",
        "{namespace: a, namespace: b}",
        "{~: a}",
    ],
)
def test_a_broken_constraint_is_not_taken_for_none(constraints: str) -> None:
    """It is the only fault: the value beside it is all right."""
    found = lint(
        f"frontend.namespaceRPS.visibility: [{{value: 1000, constraints: {constraints}}}, {{value: 500}}]"
    )

    assert len(found) == 1
    assert Code.SAME_CONSTRAINTS not in {each.code for each in found}


def test_nothing_else_is_concluded_from_a_broken_constraint() -> None:
    """What is left of the constraints is no set of its own, and guards no limit everywhere."""
    found = lint(
        "matching.rps: [{value: 1, constraints: {taskType: 1, domainName: a}}]\n"
        "limit.blobSize.warn: [{value: 9000000, constraints: {domainName: a}}]\n"
        "limit.blobSize.error: [{value: 1000000}]\n"
    )

    assert Code.CONSTRAINTS_NEVER_MATCH not in {each.code for each in found}
    assert Code.GUARDED_LIMIT not in {each.code for each in found}


@pytest.mark.parametrize(
    ("warn", "constraints", "is_guarded"),
    [
        ("limit.blobSize.warn: [{value: 1000}]", "{}", False),
        ("limit.blobSize.warn: [{value: 1001}]", "{}", True),
        ("limit.blobSize.warn: [{value: 1000}]", "{namespace: orders}", False),
        (
            "limit.blobSize.warn: [{value: 1000, constraints: {namespace: orders}}]",
            "{namespace: orders}",
            False,
        ),
        (
            "limit.blobSize.warn: [{value: 1000, constraints: {namespace: other}}]",
            "{namespace: orders}",
            True,
        ),
        ("limit.blobSize.warn: [{value: 1, constraints: {namespace: orders}}]", "{}", True),
        ("limit.blobSize.warn: [{value: soon}]", "{}", False),
    ],
)
def test_a_limit_is_compared_with_its_guard_in_the_same_place(
    warn: str, constraints: str, *, is_guarded: bool
) -> None:
    found = lint(f"limit.blobSize.error: [{{value: 1000, constraints: {constraints}}}]\n{warn}\n")
    assert (Code.GUARDED_LIMIT in {each.code for each in found}) is is_guarded


@pytest.mark.parametrize(
    ("limit", "is_guarded"),
    [
        ("blobSize", True),
        ("memoSize", True),
        ("mutableStateActivityFailureSize", True),
        ("historySize", False),
        ("historyCount", False),
        ("mutableStateSize", False),
    ],
)
def test_limits_that_the_server_checks_first_have_no_guard(limit: str, *, is_guarded: bool) -> None:
    """Which of them that are, its source says."""
    found = lint(f"limit.{limit}.error: [{{value: 1000}}]\nlimit.{limit}.warn: [{{value: 1001}}]\n")
    assert (Code.GUARDED_LIMIT in {each.code for each in found}) is is_guarded
