"""Checks of a value by the type of its setting, or by the server's function that converts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from devenv.dynamicconfig.catalog.model import Shape, ShapeKind, ValueType
from devenv.dynamicconfig.findings import Code, Problem
from devenv.dynamicconfig.go_scalars import to_nanoseconds
from devenv.dynamicconfig.lint import values
from devenv.dynamicconfig.lint.structures import check_shape, fields_of, plain
from devenv.files.sentences import did_you_mean
from devenv.files.yaml_nodes import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from devenv.dynamicconfig.catalog.model import Setting
    from devenv.dynamicconfig.parse import RawItem
    from devenv.files.yaml_nodes import Node

_TEXTS = Shape(ShapeKind.LIST, element=Shape(ShapeKind.STRING))
_ADDRESS_RULES = Shape(
    ShapeKind.LIST,
    element=Shape(
        ShapeKind.STRUCT,
        fields={"Pattern": Shape(ShapeKind.STRING), "AllowInsecure": Shape(ShapeKind.BOOL)},
    ),
)
_NEXUS_RETRY_POLICY = Shape(
    ShapeKind.STRUCT,
    fields={"InitialInterval": Shape(ShapeKind.DURATION), "MaxInterval": Shape(ShapeKind.DURATION)},
)
# `newClientTrace` in common/nexus/trace.go, which ignores other names.
_TRACE_HOOKS = (
    "GetConn",
    "GotConn",
    "ConnectStart",
    "ConnectDone",
    "DNSStart",
    "DNSDone",
    "TLSHandshakeStart",
    "TLSHandshakeDone",
    "WroteRequest",
    "GotFirstResponseByte",
)
_SHORTEST_WINDOW_NS = 100_000_000
_TOO_LARGE = 2**63
_REFUSE_NOTHING = {"nexusoperation.CallbackURLTemplate"}
_DEFAULT_USED = "and the server uses the default for the whole value"


def check_value(item: RawItem, setting: Setting) -> Iterator[Problem]:
    """Yield why the server cannot use a value and uses the default."""
    if setting.type is ValueType.STRUCTURE:
        yield from _check_structure(item, setting)
    elif not values.fits(setting.type, item.value):
        yield values.mismatch(setting.type, item.value, item.node.at, setting.key)


def _check_structure(item: RawItem, setting: Setting) -> Iterator[Problem]:
    if item.value is None and setting.converter not in _REFUSE_NOTHING:
        advice = "give it a value, or take the item out"
        yield Problem(Code.IGNORED_VALUE, item.node.at, f"{setting.key}: nothing is set here", advice)
    elif setting.converter is not None and setting.converter in CONVERTERS:
        yield from CONVERTERS[setting.converter](item.node, setting)
    elif setting.shape is not None:
        yield from check_shape(item.node, setting.shape, setting.key)


def _texts(node: Node, setting: Setting) -> Iterator[Problem]:
    yield from check_shape(node, _TEXTS, setting.key)


def _gradual_change(node: Node, setting: Setting) -> Iterator[Problem]:
    """Check a plain value, or one that changes from Old to New between Start and End."""
    assert setting.shape is not None  # noqa: S101  a struct of four fields
    plain_type = ValueType(setting.shape.fields["New"].kind.value)
    value = plain(node)
    if values.fits(plain_type, value):
        return
    if isinstance(value, dict | list | datetime):
        yield from check_shape(node, setting.shape, setting.key)
    else:
        yield values.mismatch(plain_type, value, node.at, setting.key)


def _address_rules(node: Node, setting: Setting) -> Iterator[Problem]:
    yield from check_shape(node, _ADDRESS_RULES, setting.key)
    for rule in node.real.items if node.real.kind is Kind.SEQUENCE else ():
        if plain(rule) in ({}, None) and not _field(rule, "Pattern"):
            message = f"{setting.key}: a rule without a Pattern, which the server drops"
            yield Problem(Code.IGNORED_VALUE, rule.at, message, 'write `Pattern: "*.example.com"`')


def _callback_template(node: Node, setting: Setting) -> Iterator[Problem]:
    value = plain(node)
    if not isinstance(value, str):
        yield values.mismatch(ValueType.STRING, value, node.at, setting.key)
    elif value.count("{{") != value.count("}}"):
        message = f"{setting.key}: a {{{{ without its }}}}, {_DEFAULT_USED}"
        yield Problem(Code.INVALID_VALUE, node.at, message, "close what {{ opens")


def _nexus_retry_policy(node: Node, setting: Setting) -> Iterator[Problem]:
    yield from check_shape(node, _NEXUS_RETRY_POLICY, setting.key)


def _trace_config(node: Node, setting: Setting) -> Iterator[Problem]:
    """Check a trace config; the server silently uses the default for what it cannot read."""
    assert setting.shape is not None  # noqa: S101  a struct
    for problem in check_shape(node, setting.shape, setting.key):
        is_silent = problem.code is Code.WRONG_TYPE
        yield replace(problem, code=Code.IGNORED_VALUE) if is_silent else problem
    hooks = _field_node(node, "Hooks")
    for hook in hooks.real.items if hooks is not None else ():
        if isinstance(name := plain(hook), str) and name not in _TRACE_HOOKS:
            guess = did_you_mean(name, _TRACE_HOOKS).removeprefix("; ")
            message = f'{setting.key}: no hook is called "{name}", and the server passes over it'
            yield Problem(
                Code.IGNORED_VALUE, hook.at, message, guess or f"the hooks are {', '.join(_TRACE_HOOKS)}"
            )


def _partition_scaler(node: Node, setting: Setting) -> Iterator[Problem]:
    assert setting.shape is not None  # noqa: S101  a struct
    problems = list(check_shape(node, setting.shape, setting.key))
    yield from problems
    if any(problem.code is Code.WRONG_TYPE for problem in problems) or node.real.kind is not Kind.MAPPING:
        return
    for name in ("Fixed", "Min", "Max"):
        if (found := _field_node(node, name)) is not None and _is_negative(found):
            yield _out_of_range(found, f"{setting.key}.{name} must not be negative")
    for name in ("Ups", "Downs"):
        steps = _field_node(node, name)
        for step in steps.real.items if steps is not None else ():
            yield from _threshold(step, f"{setting.key}.{name}")


def _threshold(step: Node, name: str) -> Iterator[Problem]:
    if step.real.kind is not Kind.MAPPING:  # an empty one: everything in it is zero
        yield _out_of_range(step, f"an item of {name} needs a Window of at least 100ms")
        return
    if (to_nanoseconds(_field(step, "Window")) or 0) < _SHORTEST_WINDOW_NS:
        yield _out_of_range(step, f"an item of {name} needs a Window of at least 100ms")
    rate = _field_node(step, "TargetRate")
    if rate is None or not 1 <= _number(rate) < _TOO_LARGE:
        yield _out_of_range(step, f"an item of {name} needs a TargetRate of at least 1")


def _out_of_range(node: Node, what: str) -> Problem:
    return Problem(Code.INVALID_VALUE, node.at, f"{what}, {_DEFAULT_USED}")


def _field_node(node: Node, name: str) -> Node | None:
    if node.real.kind is not Kind.MAPPING:
        return None
    fields = fields_of(node)
    found = fields.get(name) or next(
        (pair for written, pair in fields.items() if written.lower() == name.lower()), None
    )
    return found[1] if found else None


def _field(node: Node, name: str) -> object:
    found = _field_node(node, name)
    return None if found is None else plain(found)


def _is_negative(node: Node) -> bool:
    """Return whether a number is negative after the server has converted it to int32."""
    number = _number(node)
    return abs(number) < _TOO_LARGE and int(number) % 2**32 >= 2**31


def _number(node: Node) -> float:
    value = plain(node)
    return value if isinstance(value, int | float) else 0


CONVERTERS: Mapping[str, Callable[[Node, Setting], Iterator[Problem]]] = {
    "ConvertGradualChange": _gradual_change,
    "ConvertSimplePartitionScalerSettings": _partition_scaler,
    "ConvertWildcardStringListToRegexp": _texts,
    "allowedAddressConverter": _address_rules,
    "convertHTTPClientTraceConfig": _trace_config,
    "nexusoperation.CallbackURLTemplate": _callback_template,
    "nexusoperation.DisallowedOperationHeaders": _texts,
    "nexusoperation.RetryPolicy": _nexus_retry_policy,
    "nexusoperations.DisallowedOperationHeaders": _texts,
}
"""A test proves that every converter of every catalog is here."""
