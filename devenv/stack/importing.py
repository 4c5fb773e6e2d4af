"""`import`: seeds for what a server has and nobody declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import FileExistsAlreadyError, UnknownNamespaceError
from devenv.files.atomic import write_new
from devenv.files.sentences import did_you_mean
from devenv.files.yaml_documents import write_yaml
from devenv.seeds.adopt import Source, adopt
from devenv.seeds.changes import Kind
from devenv.seeds.observe import observe_all
from devenv.stack.desired import shipped_seeds

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from devenv.seeds.adopt import Adoption
    from devenv.seeds.models import Seeds
    from devenv.seeds.plan import Observed
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

    adoption: Adoption
    text: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to declare."""
        return not self.adoption.data


def read_server(gateway: Gateway, seeds: Seeds, wanted: Collection[str] = ()) -> Imported:
    """Return seeds for what a server has in the namespaces `wanted`, by default all, and `seeds` lack.

    Raises:
        UnknownNamespaceError: There is no namespace of a name that is wanted.
    """
    found = gateway.namespaces()
    for name in wanted:
        if name not in found:
            raise UnknownNamespaceError(
                name, did_you_mean(name, found), "leave `--namespace` out to import all of them"
            )
    chosen = list(dict.fromkeys(wanted)) or list(found)
    observed = observe_all(gateway, found, chosen)
    adoption = adopt(Source(observed, chosen, _own(seeds), shipped_seeds()))
    return Imported(adoption, _text(adoption, observed))


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
    own = [each for each in seeds.namespaces if seeds.place_of(each.name) != shipped.place_of(each.name)]
    return seeds.model_copy(update={"namespaces": tuple(own)})


def _text(adoption: Adoption, observed: Observed) -> str:
    has_attributes = any("search_attributes" in item for item in adoption.sections["namespaces"])
    note = SHARED if has_attributes and observed.cluster.shares_attributes else ""
    missing = "".join(f"# {' '.join(each.text.split())}\n" for each in adoption.left_out)
    return HEAD + note + missing + (write_yaml(adoption.data) if adoption.data else "")


def counted(adoption: Adoption) -> str:
    """Return what was taken over, in words."""
    titles = {
        Kind.NAMESPACE: ("namespace", "namespaces"),
        Kind.NEXUS_ENDPOINT: ("Nexus endpoint", "Nexus endpoints"),
        Kind.SCHEDULE: ("schedule", "schedules"),
    }
    counts = [(adoption.count(kind), words) for kind, words in titles.items()]
    return ", ".join(f"{count} {words[count != 1]}" for count, words in counts if count)
