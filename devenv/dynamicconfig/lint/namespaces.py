"""Namespaces: does a seed declare the one that a value, or a question about values, is for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.findings import Code, Problem
from devenv.files.placeholders import placeholder_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from devenv.dynamicconfig.parse import RawItem


def check_namespaces(item: RawItem, declared: Collection[str]) -> Iterator[Problem]:
    """Yield a warning for each namespace of a value that is none of the `declared` ones."""
    for constraint in item.constraints:
        name = constraint.value if constraint.name == "namespace" else None
        if name and not placeholder_in(name) and (undeclared := undeclared_namespace(name, declared)):
            yield Problem(Code.UNDECLARED_NAMESPACE, constraint.at, undeclared, "declare it below seeds/")


def undeclared_namespace(name: str, declared: Collection[str]) -> str | None:
    """Return what is to be said of a namespace that is none of the `declared` ones."""
    return None if name in declared else f'no seed declares the namespace "{name}"'
