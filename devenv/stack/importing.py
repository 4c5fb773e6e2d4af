"""`import`: seeds for what a server has and nobody declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devenv.errors import FileExistsAlreadyError, UnknownNamespaceError
from devenv.files.atomic import write_new
from devenv.files.sentences import did_you_mean
from devenv.files.yaml_documents import write_yaml
from devenv.project.worktree import ALL_NAMES
from devenv.seeds.importer import ImportSource, import_seeds
from devenv.seeds.kinds import KINDS
from devenv.seeds.kinds.namespace import NAMESPACES, NamespaceSpec
from devenv.seeds.load import SECTIONS
from devenv.seeds.naming import as_written
from devenv.seeds.plan import observe_all
from devenv.seeds.seeds import Observed
from devenv.stack.desired import shipped_seeds

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from devenv.project.worktree import Names
    from devenv.seeds.importer import ImportResult
    from devenv.seeds.seeds import Seeds
    from devenv.temporal.protocol import Gateway

HEAD = """\
# Imported from a running server, after the JSON Schema seeds.schema.json that temporal-devenv ships.
# It is yours now: split it, one file for each service, and correct it as you like.
"""
SHARED = """\
# On that server search attributes belong to the whole cluster, so each namespace lists all of them.
"""


@dataclass(frozen=True)
class Imported:
    """What seeds for a server say, and what they had to leave out."""

    result: ImportResult
    text: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to declare."""
        return not self.result.data


def read_server(
    gateway: Gateway, seeds: Seeds, wanted: Collection[str] = (), names: Names = ALL_NAMES
) -> Imported:
    """Return seeds for what a server has in the namespaces `wanted`, by default all, and `seeds` lack.

    What other worktrees have there by `names` is left out, and the rest called as files of this one call it.

    Raises:
        UnknownNamespaceError: There is no namespace of a name that is wanted.
    """
    server = Observed(gateway.namespaces(), cluster=gateway.cluster())
    found = {name: each for name, each in server.namespaces.items() if not names.is_foreign(name)}
    wanted = [names.meant(name) for name in wanted]
    for name in wanted:
        if name not in found:
            raise UnknownNamespaceError(
                name, did_you_mean(name, found), "leave `--namespace` out to import all of them"
            )
    chosen = list(dict.fromkeys(wanted)) or list(found)
    observed = observe_all(gateway, server, chosen)
    result = import_seeds(ImportSource(observed, chosen, _own(seeds), shipped_seeds()), KINDS)
    if names.suffix:
        result.data = as_written(result.data, names)
    return Imported(result, _text(result, observed))


def write_seeds(imported: Imported, path: Path) -> None:
    """Write the seeds to `path`, which must not be there yet.

    Raises:
        FileExistsAlreadyError: It is.
        DevenvError: It cannot be written.
    """
    if not write_new(path, imported.text):
        raise FileExistsAlreadyError(str(path), "move it away, or choose another file: `--into FILE`")


def _own(seeds: Seeds) -> Seeds:
    """Return `seeds` without the namespaces that are as devenv ships them."""
    shipped = shipped_seeds()
    own = [
        spec
        for spec in seeds.specs
        if not isinstance(spec, NamespaceSpec) or seeds.place_of(spec.name) != shipped.place_of(spec.name)
    ]
    return replace(seeds, specs=tuple(own))


def _text(result: ImportResult, observed: Observed) -> str:
    has_attributes = any("search_attributes" in item for item in result.items(NAMESPACES.section))
    note = SHARED if has_attributes and observed.cluster.shares_attributes else ""
    notes = "".join(f"# {kind.import_note}\n" for kind in KINDS if kind.import_note)
    skipped = "".join(f"# {' '.join(each.text.split())}\n" for each in result.skipped)
    return HEAD + note + notes + skipped + (write_yaml(result.data) if result.data else "")


def counted(result: ImportResult) -> str:
    """Return what was imported, in words."""
    counts = {kind.title: len(result.items(section)) for section, kind in SECTIONS.items()}
    return ", ".join(f"{count} {title}{'s' * (count != 1)}" for title, count in counts.items() if count)
