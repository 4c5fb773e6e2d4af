"""What is wrong only when all declarations of a project are seen together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.files.sentences import described, did_you_mean
from devenv.seeds.models import NamespaceSpec, NexusEndpointSpec, is_value_of
from devenv.seeds.schedule_spec import ScheduleSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devenv.seeds.declarations import Declaration, Spec
    from devenv.seeds.models import SearchAttributeType


def type_conflicts(declarations: Sequence[Declaration]) -> Iterator[str]:
    """Tell of search attributes with two types: OpenSearch has one mapping for the whole cluster."""
    first: dict[str, tuple[str, str]] = {}
    for declaration in declarations:
        if not isinstance(declaration.spec, NamespaceSpec):
            continue
        for name, kind in declaration.spec.search_attributes.items():
            place = declaration.place_of("search_attributes", name)
            known_kind, known_place = first.setdefault(name, (kind, place))
            if known_kind != kind:
                yield (
                    f"{place}: the search attribute {name} is {kind} here and {known_kind} at {known_place}, "
                    "it has one type in the whole cluster"
                )


def undeclared_namespaces(declarations: Sequence[Declaration]) -> list[str]:
    """Return a sentence for each declaration that needs a namespace which none declares."""
    declared = [each.spec.name for each in declarations if isinstance(each.spec, NamespaceSpec)]
    problems: list[str] = []
    for declaration in declarations:
        used, steps = _needed_namespace(declaration.spec)
        if used not in declared:
            place, guess = declaration.place_of(*steps), did_you_mean(used, declared)
            problems.append(
                f'{place}: {declaration.label} needs the namespace "{used}", which no seed declares{guess}'
            )
    return problems


def unfit_values(declarations: Sequence[Declaration]) -> Iterator[str]:
    """Tell of search attributes that a schedule sets, and its namespace has not or of another type."""
    declared = {
        each.spec.name: each.spec.search_attributes
        for each in declarations
        if isinstance(each.spec, NamespaceSpec)
    }
    for declaration in declarations:
        if not isinstance(declaration.spec, ScheduleSpec):
            continue
        known = declared[declaration.spec.namespace]
        for section in ("search_attributes", "schedule_search_attributes"):
            for name, value in getattr(declaration.spec, section).items():
                problem = _value_problem(name, value, known, declaration.spec.namespace)
                if problem:
                    yield f"{declaration.place_of(section, name)}: {problem}"


def _value_problem(
    name: str, value: object, known: Mapping[str, SearchAttributeType], namespace: str
) -> str | None:
    if name not in known:
        guess = did_you_mean(name, known)
        return f'the namespace "{namespace}" declares no search attribute "{name}"{guess}'
    kind = known[name]
    if is_value_of(kind, value):
        return None
    return f"expected a value of type {kind} for the search attribute {name}, found {described(value)}"


def _needed_namespace(spec: Spec) -> tuple[str, tuple[str, ...]]:
    """Return the namespace that must be declared for `spec`, and the way to its mention."""
    match spec:
        case NexusEndpointSpec(target=target):
            return target.namespace, ("target", "namespace")
        case ScheduleSpec(namespace=namespace):
            return namespace, ("namespace",)
        case NamespaceSpec(name=name):
            return name, ("name",)
