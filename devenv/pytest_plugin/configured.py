"""Dynamic config for the namespaces of tests, beside what the project declares."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.lint.run import lint_text
from devenv.dynamicconfig.load import load_text, refuse_errors
from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.stack.config_delivery import Delivery, config_in_effect
from devenv.stack.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from devenv.stack.stack import Stack

PLACE = "@pytest.mark.temporal(dynamic_config=...)"
_NAMESPACE = "namespace"


@dataclass(frozen=True)
class NamespaceConfig:
    """Writes the dynamic config of single namespaces into that of a running stack of server `version`."""

    stack: Stack
    version: str

    def add(self, namespaces: Collection[str], settings: Mapping[str, Any]) -> None:
        """Have `settings` hold in `namespaces`, and return when the server uses them.

        Raises:
            DynamicConfigInvalidError: The server would refuse or ignore a key or value.
            ConfigRefusedError: It refused one.
            ConfigUnconfirmedError: It has not said in time that it took them.
        """
        # JSON is YAML.
        text = json.dumps({key: [{"value": value}] for key, value in settings.items()})
        refuse_errors(lint_text(text, load_catalog(self.version), PLACE))
        entries = load_text(text, PLACE).entries
        self._deliver(
            replace(each, constraints={_NAMESPACE: name}, place=PLACE)
            for each in entries
            for name in namespaces
        )

    def remove(self, namespaces: Collection[str]) -> None:
        """Take out what was added for `namespaces`.

        Raises:
            DevenvError: As `add`.
        """
        self._deliver((), without=namespaces)

    def _deliver(self, more: Iterable[Entry], without: Collection[str] = ()) -> None:
        with self.stack.lock():
            known = config_in_effect(self.stack).entries
            kept = [each for each in known if each.constraints.get(_NAMESPACE) not in without]
            # In the file, a key stands once, with the entries of all namespaces.
            entries = sorted((*kept, *more), key=lambda each: each.key.lower())
            delivery = Delivery(self.stack.require_serving(), DynamicConfig(tuple(entries)))
            delivery.begin()
            delivery.finish(Progress(self.stack.deps.reporter, self.stack.deps.clock))
