"""Dynamic config files that nobody would write by hand: valid ones from the catalog, then spoilt at random.

The same seed makes the same files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.catalog.model import Setting, Shape, ShapeKind, ValueType
from devenv.dynamicconfig.constraints import HISTORY_TASK_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from devenv.dynamicconfig.catalog.model import Catalog

BOOLS = ("true", "false", "True", "FALSE", '"true"', '"T"', '"0"', "'f'")
INTS = ("0", "7", "-3", "1048576", "1_000", "0x1f", "010", "0o17", "0b101", "+5", "9223372036854775807")
FLOATS = ("0.5", "1", "-2.25", "1e3", ".5", "5.", "1_0.5", "08", ".inf", ".NaN", "0x10")
STRINGS = (
    "off",
    '"12"',
    "yes",
    "some text",
    "''",
    "1.2.3",
    "|-\n      block\n",
    "!!str 5",
    "2020-13-01",
    "1:30",
)
DURATIONS = (
    "10s",
    "1h30m",
    "1d",
    "1d2h",
    '"30"',
    "30",
    "1.5",
    "500ms",
    "1.5h",
    "-1s",
    ".5s",
    '"0"',
    "2us",
    "1µs",
)
TIMES = ("2026-01-31T10:00:00Z", '"2026-01-31T10:00:00+02:00"', "1767225600", "2026-01-31")
ODD_VALUES = (
    *(
        "yes",
        "no",
        "on",
        '"12"',
        "'0.5'",
        "1.5",
        "12",
        "true",
        "010",
        "08",
        "0x",
        "0b2",
        "1_",
        "_1",
        "1__2",
        "-",
    ),
    *(
        "~",
        "null",
        "''",
        "[]",
        "{}",
        "[1]",
        "{a: 1}",
        "{1: 2}",
        "{a: {1: 2}}",
        "[{1: 2}]",
        "{~: 1}",
        "{true: 1}",
    ),
    *("2020-01-02", "2020-1-2", "2020-01-02T03:04:05Z", "2020-01-02 03:04:05", "2020-13-45", "12:30:45"),
    *(
        "10 seconds",
        "10sec",
        "1w",
        "5 s",
        "1h 30m",
        "10S",
        "s",
        "1d1",
        "1.d",
        "d",
        "1e3s",
        "0x10s",
        "--1s",
        "1s-1s",
    ),
    *(
        ".inf",
        "-.INF",
        ".nan",
        ".",
        "..",
        "+",
        "1e999",
        "-1e-999",
        "99999999999999999999",
        "18446744073709551615",
    ),
    *(
        "!!str true",
        "!!int '5'",
        "!!float 1",
        "!!bool yes",
        "!!null ''",
        "!!int x",
        "!custom 5",
        "! 5",
        "!!binary aGk=",
    ),
    *(
        "&a 5",
        "<<",
        "=",
        "*unknown",
        "@x",
        "`x",
        "%x",
        "'unclosed",
        '"esc\\t"',
        '"\\xff"',
        '"bad\\q"',
        "a: b",
        "- x",
    ),
    *(
        "TRUE",
        "tRUE",
        "y",
        "n",
        "t",
        "T",
        "F",
        '"TRUE"',
        '"tRUE"',
        "1",
        "0",
        "-0",
        "+0",
        "0.0",
        "1e0",
        "0o8",
        "0O7",
    ),
)
ODD_CONSTRAINTS = (
    *("namespace: a", "Namespace: a", "namespace: 1", "namespace: ~", "namespace: ''", "namespaceID: x"),
    *("taskQueueName: q", "taskqueuename: q", "taskType: Workflow", "taskType: workflow", "taskType: 1"),
    *(
        "taskType: 0",
        "taskType: -1",
        "taskType: TASK_QUEUE_TYPE_ACTIVITY",
        "taskType: Unspecified",
        "taskType: 2.0",
    ),
    *(
        "taskType: 99",
        "taskType: Nexus",
        "taskType: ~",
        "shardID: 1",
        "shardID: '1'",
        "shardID: 1.0",
        "shardID: 0x1",
    ),
    *(
        "shardID: 99999999999",
        "historyTaskType: Chasm",
        "historyTaskType: 3",
        "historyTaskType: 0",
        "shardID: -1",
    ),
    *("historyTaskType: Unspecified", "historyTaskType: TASK_TYPE_USER_TIMER", "historyTaskType: 1.5"),
    *(
        "destination: d",
        "destination: 5",
        "chasmTaskType: c",
        "chasmTaskType: 1",
        "name_space: a",
        "ns: a",
        "1: 2",
    ),
    *("namespace: [a]", "~: a", "true: a", "namespace: 2020-01-01", "namespace: yes", "namespace: 010", "x"),
)
VALID_CONSTRAINTS = {
    "namespace": ("orders", '"my ns"', "a.b"),
    "namespaceID": ('"32049b68-7872-4094-8e63-d0dd59896a83"',),
    "taskQueueName": ("orders-go", '"5"'),
    "taskType": ("Workflow", "Activity", "Nexus", "1", "2", "TASK_QUEUE_TYPE_WORKFLOW"),
    "historyTaskType": (*HISTORY_TASK_TYPES, "3", "TASK_TYPE_USER_TIMER"),
    "shardID": ("1", "12"),
    "destination": ("endpoint",),
    "chasmTaskType": ("callback.invoke",),
}
SCALARS = {
    ValueType.BOOL: BOOLS,
    ValueType.INT: INTS,
    ValueType.FLOAT: FLOATS,
    ValueType.STRING: STRINGS,
    ValueType.DURATION: DURATIONS,
    ValueType.MAP: ("{}", "{a: 1}", "{a: {b: [1, x]}, c: ~}"),
}
OF_SHAPE = {
    ShapeKind.BOOL: ("true", "False"),
    ShapeKind.INT: (*INTS[:4], "1.5"),
    ShapeKind.UINT: ("0", "7", "1.5"),
    ShapeKind.FLOAT: ("0.5", "1", "-2.25"),
    ShapeKind.STRING: ("text", "'5'", "off"),
    ShapeKind.DURATION: ("10s", "1d", "30", "1.5"),
    ShapeKind.TIME: TIMES,
    ShapeKind.ANY: ("1", "x", "[1]"),
    ShapeKind.NONE: ("~",),
}
LINES_OF_TROUBLE = (
    "\t",
    "  \tx: 1",
    "key",
    "- value: 1",
    "---",
    "...",
    "? x",
    ": y",
    "%YAML 1.1",
    "# fine",
    "  - value: 5",
)


class FileMaker:
    """Makes files for one catalog."""

    def __init__(self, catalog: Catalog, random: Random) -> None:
        self._settings = sorted(catalog.settings.values(), key=lambda each: each.key)
        self._structures = [each for each in self._settings if each.type is ValueType.STRUCTURE]
        self._random = random

    def valid(self) -> str:
        """Return a file with one to three keys, of which the server takes everything."""
        settings = self._random.sample(self._settings, self._random.randint(1, 2))
        if self._random.random() < 0.5:
            settings.append(self._random.choice(self._structures))
        return "".join(self._entry(each) for each in {each.key: each for each in settings}.values())

    def spoilt(self) -> str:
        """Return a file with a fault or two, most of the time."""
        spoil: list[Callable[[], str]] = [
            self._odd_value,
            self._odd_value,
            self._odd_constraint,
            self._odd_constraint,
            self._odd_structure,
            self._odd_structure,
            self._odd_key,
            self._odd_shape,
        ]
        text = "".join(self._random.choice(spoil)() for _ in range(self._random.randint(1, 2)))
        if self._random.random() < 0.5:
            text += self.valid()
        return self._torn(text) if self._random.random() < 0.3 else text

    def _entry(self, setting: Setting, value: str | None = None, constraints: str | None = None) -> str:
        key = setting.key if self._random.random() < 0.8 else setting.key.upper()
        if self._random.random() < 0.1:
            key = f'"{key}"'
        given = self._value(setting) if value is None else value
        held = self._constraints(setting) if constraints is None else constraints
        if not held:
            return f"{key}:\n  - value: {given}\n"
        return f"{key}:\n  - value: {given}\n    constraints: {{{held}}}\n"

    def _constraints(self, setting: Setting) -> str:
        names = self._random.choice(setting.precedence.constraint_sets)
        spelled = (name if self._random.random() < 0.7 else name.lower() for name in sorted(names))
        return ", ".join(f"{name}: {self._random.choice(_values_of(name))}" for name in spelled)

    def _value(self, setting: Setting) -> str:
        if setting.type is not ValueType.STRUCTURE:
            return self._random.choice(SCALARS[setting.type])
        of_converter = OF_CONVERTER.get(setting.converter or "")
        if of_converter:
            return self._random.choice(of_converter)
        return self._shaped(setting.shape) if setting.shape else "{}"

    def _shaped(self, shape: Shape) -> str:
        if shape.kind is ShapeKind.STRUCT:
            names = self._random.sample(
                sorted(shape.fields), min(len(shape.fields), self._random.randint(0, 4))
            )
            pairs = (f"{self._cased(name)}: {self._shaped(shape.fields[name])}" for name in names)
            return f"{{{', '.join(pairs)}}}"
        if shape.kind is ShapeKind.LIST and shape.element:
            return f"[{', '.join(self._shaped(shape.element) for _ in range(self._random.randint(0, 2)))}]"
        if shape.kind is ShapeKind.MAP and shape.element:
            return f"{{k: {self._shaped(shape.element)}}}"
        return self._random.choice(OF_SHAPE[shape.kind])

    def _cased(self, name: str) -> str:
        return self._random.choice((name, name, name.lower(), name[0].lower() + name[1:]))

    def _odd_value(self) -> str:
        return self._entry(self._random.choice(self._settings), value=self._random.choice(ODD_VALUES))

    def _odd_constraint(self) -> str:
        odd = self._random.sample(ODD_CONSTRAINTS, self._random.randint(1, 3))
        return self._entry(self._random.choice(self._settings), constraints=", ".join(odd))

    def _odd_structure(self) -> str:
        setting = self._random.choice(self._structures)
        if setting.shape is None or setting.shape.kind is not ShapeKind.STRUCT or self._random.random() < 0.3:
            return self._entry(setting, value=self._random.choice(ODD_STRUCTURES))
        names = [*setting.shape.fields, "Unknown", "enabled_", "1", "~"]
        name = self._cased(self._random.choice(names))
        odd = self._random.choice((*ODD_VALUES, *ODD_STRUCTURES))
        more = self._random.choice(
            ("", ", Window: 1s", ", enabled: true", ", MaxRate: 5", ", Min: -1", ", Extra: 1")
        )
        return self._entry(setting, value=f"{{{name}: {odd}{more}}}")

    def _odd_key(self) -> str:
        key = self._random.choice(self._settings).key
        at = self._random.randrange(len(key))
        odd = self._random.choice(
            (
                key[:at] + key[at + 1 :],
                f"{key}x",
                key.replace(".", "_", 1),
                "1",
                "~",
                "true",
                "''",
                "[a]",
                "{a: b}",
                "? x",
            )
        )
        return f"{odd}:\n  - value: 1\n"

    def _odd_shape(self) -> str:
        key = self._random.choice(self._settings).key
        return self._random.choice(ODD_SHAPES).replace("KEY", key)

    def _torn(self, text: str) -> str:
        lines = text.splitlines()
        at = self._random.randrange(len(lines))
        match self._random.randrange(6):
            case 0:
                lines.insert(at, self._random.choice(LINES_OF_TROUBLE))
            case 1:
                lines[at] = " " + lines[at]
            case 2:
                lines.insert(at, lines[at])
            case 3:
                cut = self._random.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:cut] + lines[at][cut + 1 :]
            case 4:
                cut = self._random.randrange(len(lines[at]) + 1)
                lines[at] = (
                    lines[at][:cut] + self._random.choice("\t:'\"-#&*!|>{}[],%@`? é\x07") + lines[at][cut:]
                )
            case _:
                del lines[at]
        return self._random.choice(("\n", "\n", "\r\n")).join([*lines, ""])


def _values_of(name: str) -> tuple[str, ...]:
    return next(values for each, values in VALID_CONSTRAINTS.items() if each.lower() == name.lower())


OF_CONVERTER = {
    "ConvertGradualChange": ("{}", "{Old: ~, Start: 2026-01-31T10:00:00Z, End: '2026-02-01T10:00:00Z'}"),
    "ConvertSimplePartitionScalerSettings": (
        "{Enabled: true, Fixed: 3}",
        "{ups: [{window: 1s, targetRate: 5}], downs: [], Min: 1, max: 8}",
        "{Downs: [{Window: 0.1, TargetRate: 1}]}",
    ),
    "ConvertWildcardStringListToRegexp": ("[]", "['*']", "[a.example.com, 'b*']"),
    "allowedAddressConverter": ("[]", "[{Pattern: '*', AllowInsecure: true}]", "[{pattern: a.b}]"),
    "convertHTTPClientTraceConfig": ("{}", "{Enabled: true, Hooks: [GetConn, GotConn]}", "{minAttempt: 3}"),
    "nexusoperation.CallbackURLTemplate": ("unset", "'http://host/{{.NamespaceName}}'", "http://host"),
    "nexusoperation.DisallowedOperationHeaders": ("[]", "[a, B]"),
    "nexusoperations.DisallowedOperationHeaders": ("[]", "[a, B]"),
    "nexusoperation.RetryPolicy": ("{}", "{initialInterval: 1s, MaxInterval: 1h}", "{MaxInterval: 30}"),
}
ODD_STRUCTURES = (
    *(
        "~",
        "5",
        "text",
        "true",
        "[]",
        "[1]",
        "[a, 1]",
        "[~]",
        "{}",
        "{1: 2}",
        "{a: 1}",
        "2020-01-01",
        "[[a]]",
        "[{}]",
    ),
    *(
        "[{Pattern: 5}]",
        "[{AllowInsecure: true}]",
        "[{pattern: '', x: 1}]",
        "{Fixed: -1}",
        "{Min: 2147483648}",
    ),
    *(
        "{Ups: [{Window: 99ms, TargetRate: 1}]}",
        "{Ups: [{Window: 1s, TargetRate: 0}]}",
        "{Ups: [~]}",
        "{Ups: [5]}",
    ),
    *(
        "{Ups: [{Window: 1s, TargetRate: 1.9}]}",
        "{Downs: {}}",
        "{Fixed: '1'}",
        "{Hooks: [Nothing]}",
        "{Hooks: GetConn}",
    ),
    *(
        "{New: true}",
        "{New: 5}",
        "{Old: x}",
        "{Start: 2020-01-01}",
        "{Start: '2020-01-01'}",
        "{Start: soon}",
        "yes",
    ),
    *(
        "{InitialInterval: x}",
        "{InitialIntervalInSeconds: 1, maximumInterval: 3}",
        "{BackoffCoefficient: '2'}",
    ),
    *(
        "'{{'",
        "'{{.X}}'",
        "{a: 1, A: 2}",
        "{Enabled: true, enabled: false}",
        "{<<: {Enabled: true}}",
        "{<<: 5}",
    ),
)
ODD_SHAPES = (
    "KEY: 5\n",
    "KEY:\n",
    "KEY: []\n",
    "KEY: ~\n",
    "KEY: {value: 5}\n",
    "KEY: [5]\n",
    "KEY: [~]\n",
    "KEY: [[]]\n",
    "KEY:\n  - value: 1\n  -\n",
    "KEY:\n  - constraints: {}\n",
    "KEY:\n  - constraints: {namespace: a}\n",
    "KEY:\n  - Value: 1\n",
    "KEY:\n  - value: 1\n    constraint: {namespace: a}\n",
    "KEY:\n  - value: 1\n    constraints: []\n",
    "KEY:\n  - value: 1\n    constraints: a\n",
    "KEY:\n  - value: 1\n    constraints: ~\n",
    "KEY:\n  - value: 1\n    value: 2\n",
    "KEY:\n  - value: {a: 1, a: 2}\n",
    "KEY:\n  - value: 1\nKEY:\n  - value: 2\n",
    "KEY:\n  - value: 1\n  - value: 2\n",
    "KEY: &x\n  - value: 1\nother: *x\n",
    "KEY:\n  - &x {value: 1}\n  - <<: *x\n    constraints: {namespace: a}\n",
    "KEY:\n  - <<: [{value: 1}, {value: 2}]\n",
    "KEY:\n  - <<: 5\n    value: 1\n",
    "KEY:\n  - value: &x [*x]\n",
    "KEY:\n  - 1: 2\n    value: 1\n",
    "KEY:\n  - ~: 2\n    value: 1\n",
    "KEY:\n  - [a]: 2\n    value: 1\n",
    "KEY:\n  - value: {[a]: 2}\n",
    "KEY:\n  - value: {'1': 2, 1: 2}\n",
    "KEY:\n  - value: 1\n---\nother: 5\n",
    "---\nKEY:\n  - value: 1\n...\n",
    "server:\n  config:\n    KEY:\n      - value: 1\n",
    "apiVersion: v1\nkind: ConfigMap\n",
    "persistence: {}\nglobal: {}\nservices: {}\n",
    "- KEY\n",
    "KEY\n",
    "? KEY\n: - value: 1\n",
    "? [KEY]\n: - value: 1\n",
    "!!str KEY: [{value: 1}]\n",
    "!!binary aGk=: [{value: 1}]\n",
    "KEY: !!seq [{value: 1}]\n",
    "KEY: !foo [{value: 1}]\n",
    "!!map {KEY: [{value: 1}]}\n",
    "KEY:\n  - !foo {value: 1}\n",
)
