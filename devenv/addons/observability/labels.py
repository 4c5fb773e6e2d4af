"""What the server calls a namespace in the labels of its metrics, and the name that people know there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Alerts tell it, and where it is missing the server's own.
DECLARED = "declared_namespace"
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")


def server_label(namespace: str) -> str:
    """Return what the server writes: every character but letters, digits and `_` as `_`; workers do not."""
    return re.sub(r"[^A-Za-z0-9_]", "_", namespace)


def relabelling(namespaces: Iterable[str]) -> str:
    """Return rules by which series of the server get the declared name of their namespace, too, as YAML.

    Two namespaces that are one to the server have none, and those with a character that rules would read.
    """
    names: dict[str, list[str]] = {}
    for namespace in filter(_PLAIN.fullmatch, namespaces):
        names.setdefault(server_label(namespace), []).append(namespace)
    rules = [
        {"if": f'{{namespace="{label}"}}', "target_label": DECLARED, "replacement": found[0]}
        for label, found in names.items()
        if len(found) == 1 and found != [label]
    ]
    # JSON is YAML, too.
    return "".join(f"- {json.dumps(rule)}\n" for rule in rules)
