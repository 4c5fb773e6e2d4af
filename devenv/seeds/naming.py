"""Seeds as a worktree has them on a server that it shares with others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from devenv.errors import SeedsInvalidError
from devenv.seeds.load import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.project.worktree import Names
    from devenv.seeds.seeds import Seeds


def called(seeds: Seeds, names: Names) -> Seeds:
    """Return `seeds` with the names that they have on the server; places stay those of the files.

    Raises:
        SeedsInvalidError: With the suffix of the worktree, a name is too long for the server.
    """
    if not names.suffix:
        return seeds
    renamed, problems = [], []
    for spec in seeds.specs:
        try:
            renamed.append(spec.called(names))
        except ValidationError as error:
            place = seeds.place_of(spec.needed_namespace or spec.key.name)
            reason = error.errors()[0]["ctx"]["error"]
            problems.append(f"{place}: {spec.key.name} gets the suffix -{names.suffix} here: {reason}")
    if problems:
        hint = "choose a shorter name, or a shorter one for the directory of the worktree"
        raise SeedsInvalidError(problems[0], details=problems[1:], hint=hint)
    return replace(
        seeds,
        specs=tuple(renamed),
        places={names.on_server(name): place for name, place in seeds.places.items()},
        attribute_places={
            (names.on_server(owner), name): place for (owner, name), place in seeds.attribute_places.items()
        },
    )


def as_written(data: Mapping[str, Sequence[Mapping[str, Any]]], names: Names) -> dict[str, Any]:
    """Return the content of a seeds file about a server with the names that files of the worktree have."""
    return {section: [_as_written(item, section, names) for item in items] for section, items in data.items()}


def _as_written(item: Mapping[str, Any], section: str, names: Names) -> Mapping[str, Any]:
    model = SECTIONS[section].model
    paths = [model.namespace_path] if model.namespace_path else []
    if len(model.identity) == 1:  # it lives in no namespace, so its own name has the suffix
        paths.append(model.identity)
    for path in paths:
        item = _with(item, path, names)
    return item


def _with(item: Mapping[str, Any], path: Sequence[str], names: Names) -> Mapping[str, Any]:
    name, *further = path
    value = item[name]
    return {**item, name: _with(value, further, names) if further else names.written(value)}
