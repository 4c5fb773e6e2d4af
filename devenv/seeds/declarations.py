"""One thing that a file declares, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.seeds.models import NamespaceSpec, NexusEndpointSpec
from devenv.seeds.schedule_spec import ScheduleSpec

if TYPE_CHECKING:
    from devenv.files.yaml_documents import Document, KeyPath

Spec = NamespaceSpec | NexusEndpointSpec | ScheduleSpec


@dataclass(frozen=True)
class Declaration:
    """One declared thing, and where it stands."""

    spec: Spec
    document: Document
    key_path: KeyPath

    @property
    def data(self) -> Any:
        """What is written there, as plain data."""
        found = self.document.data
        for step in self.key_path:
            found = found[step]
        return found

    @property
    def label(self) -> str:
        """What identifies it, in words; two declarations of one layer must not share it."""
        match self.spec:
            case NamespaceSpec(name=name):
                return f'the namespace "{name}"'
            case NexusEndpointSpec(name=name):
                return f'the Nexus endpoint "{name}"'
            case ScheduleSpec(id=name, namespace=namespace):
                return f'the schedule "{name}" of "{namespace}"'

    @property
    def place(self) -> str:
        """Where its name stands."""
        return self.place_of("id" if isinstance(self.spec, ScheduleSpec) else "name")

    def place_of(self, *steps: str | int) -> str:
        """Return where a part of it stands, or the nearest that is written."""
        return self.document.place(self.key_path + steps)
