from __future__ import annotations

from pathlib import Path

import pytest

from devenv.dynamicconfig.catalog.load import covered_versions, load_catalog
from devenv.dynamicconfig.findings import Code
from devenv.dynamicconfig.lint.run import lint_files
from devenv.dynamicconfig.load import load_dynamic_config, merge_layers, read_layers
from devenv.dynamicconfig.model import DynamicConfig, constrained, unconstrained
from devenv.errors import DynamicConfigInvalidError
from devenv.project.builtin import builtin_dir

SHOP = Path(__file__).parents[3] / "examples" / "shop" / "dynamicconfig"


@pytest.fixture(autouse=True)
def _work_in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: str, content: str) -> Path:
    """Write a file below the working directory and return the first directory of `path`."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return Path(file.parts[0])


def refusals(*layers: Path) -> list[str]:
    with pytest.raises(DynamicConfigInvalidError) as caught:
        load_dynamic_config(layers)
    return [caught.value.message, *caught.value.details]


def values(config: DynamicConfig) -> list[tuple[str, object, dict[str, str | int]]]:
    return [(entry.key, entry.value, dict(entry.constraints)) for entry in config.entries]


def test_the_shipped_defaults_hold_everywhere() -> None:
    """The embedded engine can take all of them, for it knows no constraints."""
    config = load_dynamic_config([builtin_dir("dynamicconfig"), Path("none")])

    assert constrained(config) == []
    assert unconstrained(config)["system.namespaceCacheRefreshInterval"] == "250ms"
    assert unconstrained(config)["system.forceSearchAttributesCacheRefreshOnRead"] is True


def test_the_example_project_limits_one_namespace_more_than_the_rest() -> None:
    """Both forms of files end in entries of one kind."""
    config = load_dynamic_config([builtin_dir("dynamicconfig"), SHOP])

    assert unconstrained(config)["limit.blobSize.error"] == 1048576
    assert {(each.key, each.constraints["namespace"]): each.value for each in constrained(config)} == {
        ("limit.blobSize.error", "orders"): 524288,
        ("limit.blobSize.error", "pnats"): 2097152,
        ("limit.blobSize.warn", "orders"): 131072,
        ("frontend.namespaceRPS", "orders"): 1200,
    }


def test_every_form_of_a_file_is_read() -> None:
    """A file of a namespace may mix the short form with the server's."""
    write("d/a.yaml", "b.key:\n- value: 1\n- {value: 2, constraints: {taskqueuename: q, TaskType: 1}}\n")
    layer = write(
        "d/namespaces/my.ns.yaml",
        "short: {x: 1}\n"
        "list: [{Pattern: '*', AllowInsecure: true}]\n"
        "empty: []\n"
        "server: [{value: 3}, {value: 4, constraints: {taskQueueName: q}}]\n"
        "same: [{value: 5, constraints: {Namespace: my.ns}}]\n",
    )

    assert values(load_dynamic_config([layer])) == [
        ("b.key", 1, {}),
        ("b.key", 2, {"taskQueueName": "q", "taskType": 1}),
        ("empty", [], {"namespace": "my.ns"}),
        ("list", [{"Pattern": "*", "AllowInsecure": True}], {"namespace": "my.ns"}),
        ("same", 5, {"namespace": "my.ns"}),
        ("server", 3, {"namespace": "my.ns"}),
        ("server", 4, {"namespace": "my.ns", "taskQueueName": "q"}),
        ("short", {"x": 1}, {"namespace": "my.ns"}),
    ]


@pytest.mark.parametrize("content", ["", "# nothing\n", "{}", "key: []"])
def test_a_file_may_set_nothing(content: str) -> None:
    """A key without values leaves the server's default."""
    assert load_dynamic_config([write("d/a.yaml", content)]) == DynamicConfig()


def test_a_later_layer_wins_for_the_same_key_and_constraints_only() -> None:
    """Keys and names of constraints are the same in any case, their order says nothing."""
    first = write(
        "builtin/a.yaml",
        "some.Key:\n- value: 1\n- {value: 2, constraints: {namespace: a, taskQueueName: q}}\n"
        "- {value: 3, constraints: {namespace: b}}\n",
    )
    second = write(
        "project/a.yaml",
        "SOME.key:\n- value: 10\n- {value: 20, constraints: {TASKQUEUENAME: q, Namespace: a}}\n",
    )

    config = load_dynamic_config([first, second])

    assert [(each.value, Path(each.layer).name) for each in config.entries] == [
        (10, "project"),
        (20, "project"),
        (3, "builtin"),
    ]


def test_an_entry_knows_where_it_was_written() -> None:
    """What explains a value to a person names the line."""
    layer = write("d/a.yaml", "# limits\nkey:\n  - value: 1\n")
    write("d/namespaces/a.yaml", "key: 2\n")

    assert [each.place for each in load_dynamic_config([layer]).entries] == [
        "d/a.yaml:3:5",
        "d/namespaces/a.yaml:1:1",
    ]


@pytest.mark.parametrize(
    ("path", "content", "messages"),
    [
        ("a.yaml", "a: [", ["d/a.yaml:1:5: a value or a closing bracket is missing"]),
        ("a.yaml", "- a", ["d/a.yaml:1:1: expected a mapping of keys to values, found a list"]),
        (
            "a.yaml",
            "a: 1",
            [
                (
                    'd/a.yaml:1:1: the key "a" needs a list of {value, constraints}, found the number 1; '
                    "write `- value: …` below the key"
                )
            ],
        ),
        (
            "a.yaml",
            "a: {value: 1}",
            [
                (
                    'd/a.yaml:1:1: the key "a" needs a list of {value, constraints}, found a mapping; '
                    "put a dash before it: `- value: …`"
                )
            ],
        ),
        (
            "a.yaml",
            "a: [1]",
            ["d/a.yaml:1:5: expected {value, constraints}, found the number 1; write `- value: …`"],
        ),
        ("a.yaml", "a:\n- constraints: {}", ['d/a.yaml:2:3: missing field "value"']),
        (
            "a.yaml",
            "a:\n- value: 1\n  constraint: {}",
            ['d/a.yaml:3:3: unknown field "constraint" beside the value; write `constraints`'],
        ),
        (
            "a.yaml",
            "a:\n- Value: 1",
            [
                'd/a.yaml:2:3: unknown field "Value" beside the value; did you mean "value"?',
                'd/a.yaml:2:3: missing field "value"',
            ],
        ),
        (
            "a.yaml",
            "a:\n- {value: 1, constraints: [namespace]}",
            [
                (
                    "d/a.yaml:2:27: expected a mapping of constraints, found a list; "
                    "write `constraints: {namespace: …}`"
                )
            ],
        ),
        (
            "a.yaml",
            "a:\n- {value: 1, constraints: {name_space: a}}",
            ['d/a.yaml:2:28: unknown constraint "name_space"; did you mean "namespace"?'],
        ),
        (
            "a.yaml",
            "a:\n- {value: 1, constraints: {namespace: [a]}}",
            ["d/a.yaml:2:28: the namespace must be text: found a list"],
        ),
        (
            "a.yaml",
            "a:\n- {value: 1, constraints: {shardID: true}}",
            ["d/a.yaml:2:28: the shardID must be a whole number, found true"],
        ),
        (
            "a.yaml",
            "a:\n- {value: 1, constraints: {namespace: a, Namespace: b}}",
            ['d/a.yaml:2:42: the constraint "namespace" is here twice'],
        ),
        (
            "namespaces/orders.yaml",
            "a: [{value: 1, constraints: {namespace: payments}}]",
            [
                (
                    'd/namespaces/orders.yaml:1:30: this file is for "orders", the entry is for "payments"; '
                    "move the entry to that namespace's file"
                )
            ],
        ),
        (
            "namespaces/orders.yaml",
            "a: [{value: 1}, {vale: 2}]",
            [
                'd/namespaces/orders.yaml:1:18: unknown field "vale" beside the value; did you mean "value"?',
                'd/namespaces/orders.yaml:1:17: missing field "value"',
            ],
        ),
    ],
)
def test_a_wrong_shape_is_refused_at_its_place(path: str, content: str, messages: list[str]) -> None:
    """The server would reject the file, or silently read something else from it."""
    assert refusals(write(f"d/{path}", content)) == messages


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        (
            "d/b.yaml",
            "A.key:\n- value: 2",
            (
                'd/b.yaml:2:3: the key "A.key" has a value already at d/a.yaml:2:3; '
                "the server uses the first: remove one"
            ),
        ),
        (
            "d/namespaces/orders.yaml",
            "a.key: 2",
            (
                'd/namespaces/orders.yaml:1:1: the key "a.key" for {namespace: orders} '
                "has a value already at d/a.yaml:3:3; the server uses the first: remove one"
            ),
        ),
    ],
)
def test_two_values_for_the_same_constraints_are_refused_with_both_places(
    path: str, content: str, message: str
) -> None:
    """The server silently takes the first."""
    write("d/a.yaml", "a.key:\n- value: 1\n- {value: 1, constraints: {namespace: orders}}\n")

    assert refusals(write(path, content)) == [message]


def test_the_faults_of_all_files_come_in_one_error() -> None:
    """The first is the message, the rest are details."""
    write("d/a.yaml", "a: 1\nb: [{}]\n")
    layer = write("d/namespaces/n.yaml", "\t")
    Path("file").touch()

    assert refusals(layer, Path("file")) == [
        (
            'd/a.yaml:1:1: the key "a" needs a list of {value, constraints}, found the number 1; '
            "write `- value: …` below the key"
        ),
        'd/a.yaml:2:5: missing field "value"',
        "d/namespaces/n.yaml:1:1: a tab cannot indent YAML, use spaces",
        "file: is a file, a directory is expected here",
    ]


def test_a_shipped_value_that_the_server_does_not_know_is_left_out() -> None:
    """An older server would warn of it at every start; a project's own is somebody else's finding."""
    own = write("d/a.yaml", "no.such.key: [{value: 1}]\n")
    older = load_catalog("1.31.2")
    layers = read_layers([builtin_dir("dynamicconfig"), own])

    left_out = {each.key for each in merge_layers(layers).entries} - {
        each.key for each in merge_layers(layers, older).entries
    }

    assert left_out == {key for key in left_out if older.find(key) is None} != set()
    assert "no.such.key" in unconstrained(merge_layers(layers, older))


def test_what_devenv_ships_has_no_error() -> None:
    """In any version that it is for, short of keys that this version does not have."""
    for version in covered_versions():
        files = list(builtin_dir("dynamicconfig").glob("*.yaml"))
        codes = {each.code for each in lint_files(files, load_catalog(version))}
        assert codes <= {Code.READ_AT_START, Code.UNKNOWN_KEY, Code.SAME_AS_DEFAULT}
