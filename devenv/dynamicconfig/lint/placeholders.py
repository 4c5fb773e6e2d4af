"""Placeholders: is there text that somebody expects to be filled in?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devenv.dynamicconfig.catalog.model import ValueType
from devenv.dynamicconfig.findings import Code
from devenv.dynamicconfig.go_values import node_pairs
from devenv.dynamicconfig.lint.problem import Problem
from devenv.files.placeholders import EXPAND_ADVICE, nothing_expands, placeholder_in
from devenv.files.yaml_nodes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.dynamicconfig.catalog.model import Setting
    from devenv.dynamicconfig.parse import RawItem
    from devenv.files.yaml_nodes import Node, Position

_TEMPLATES = frozenset(
    {"component.nexusoperations.callback.endpoint.template", "nexusoperation.callback.endpoint.template"}
)
"""The settings that are templates of Go, in lower case; the server fills these fields in."""
_TEMPLATE_FIELDS = ("NamespaceName", "NamespaceID")
_TEMPLATE_FIELD = re.compile(rf"\{{\{{-?\s*\.(?:{'|'.join(_TEMPLATE_FIELDS)})\s*-?\}}\}}")


def check_placeholders(item: RawItem, setting: Setting) -> Iterator[Problem]:
    """Yield a warning for text of the value, or of a constraint, that the server takes as it stands."""
    for constraint in item.constraints:
        if isinstance(constraint.value, str):
            yield from _check(constraint.value, constraint.at, f"the {constraint.name}")
    is_template = setting.key.lower() in _TEMPLATES
    if is_template or setting.type not in {
        ValueType.BOOL,
        ValueType.INT,
        ValueType.FLOAT,
        ValueType.DURATION,
    }:
        for node in _scalars(item.node, set()):
            text = _TEMPLATE_FIELD.sub("", node.text) if is_template else node.text
            yield from _check(text, node.at, setting.key, is_template=is_template)


def _check(text: str, at: Position, name: str, *, is_template: bool = False) -> Iterator[Problem]:
    placeholder = placeholder_in(text)
    if placeholder is not None:
        advice = f"the fields of this template are {_listed()}" if is_template else EXPAND_ADVICE
        yield Problem(Code.PLACEHOLDER, at, f"{name}: {nothing_expands(placeholder)}", advice)


def _listed() -> str:
    return " and ".join(f"{{{{.{field}}}}}" for field in _TEMPLATE_FIELDS)


def _scalars(node: Node, visited: set[int]) -> Iterator[Node]:
    """Yield the scalars of a value, each once however often aliases repeat it."""
    real = node.real
    if id(real) in visited:
        return
    visited.add(id(real))
    if real.kind is Kind.SCALAR:
        yield real
    for child in real.items if real.kind is Kind.SEQUENCE else ():
        yield from _scalars(child, visited)
    if real.kind is Kind.MAPPING:
        for key, value in node_pairs(real):
            yield from _scalars(key, visited)
            yield from _scalars(value, visited)
