"""A Docker Compose that resolves the few forms of Compose files that tests write."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.engines.compose.overlays import ComposeSources
    from devenv.errors import DevenvError


def _filled_in(text: str, variables: str) -> str:
    """Return a Compose file with the variables of an env file, or their defaults."""
    values: dict[str, str] = dict(re.findall(r"^(\w+)='(.*)'$", variables, re.MULTILINE))
    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", lambda found: values.get(found[1], found[2] or ""), text)


def _in_long_form(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a service with those ports and volumes in full that are written as text."""
    long = dict(item)
    if "ports" in item:
        ports = [each.rsplit(":", 2) if isinstance(each, str) else each for each in item["ports"]]
        long["ports"] = [
            {"host_ip": each[0], "published": each[1], "target": int(each[2])}
            if isinstance(each, list)
            else each
            for each in ports
        ]
    if "volumes" in item:
        long["volumes"] = [
            _mount(*each.split(":")) if isinstance(each, str) else each for each in item["volumes"]
        ]
    return long


def _mount(source: str, target: str, options: str = "") -> dict[str, Any]:
    mount = {"type": "bind" if "/" in source else "volume", "source": source, "target": target}
    return {**mount, "read_only": True} if "ro" in options.split(",") else mount


@dataclass
class FakeComposeReader:
    """What asks Compose for its model: merges services and volumes, or fails; `asked` is what it got."""

    failure: DevenvError | None = None
    asked: list[ComposeSources] = field(default_factory=list)

    def __call__(self, sources: ComposeSources) -> Mapping[str, Any]:
        self.asked.append(sources)
        if self.failure is not None and len(sources.files) > 1:
            raise self.failure
        model: dict[str, Any] = {"name": sources.project_name, "services": {}, "volumes": {}}
        for _, text in sources.files:
            read = yaml.safe_load(_filled_in(text, sources.variables))
            for section in ("services", "volumes"):
                merged = model[section]
                for name, item in (read.get(section) or {}).items():
                    merged[name] = {**(merged.get(name) or {}), **_in_long_form(item or {})}
        for name, volume in model["volumes"].items():
            volume["name"] = f"{sources.project_name}_{name}"
        return model
