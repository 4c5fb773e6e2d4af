"""Records what Kubernetes and operators take, for `devenv export kubernetes --check`.

    python -m tools.kubernetes_schemas [FILE=SOURCE…]

Of Kubernetes it takes the kinds that an export has, from the package kubernetes-validate, which repeats
the OpenAPI documents of Kubernetes (Apache-2.0). A file is a CustomResourceDefinition of an operator; its
source is told in words: `clusters.yaml=cloudnative-pg/cloudnative-pg@v1.30.0`. Without files, those recorded
stay. Descriptions and what only a server writes (`status`) are left out.
"""

from __future__ import annotations

import json
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DIRECTORY = Path(__file__).parents[1] / "devenv/export/kubernetes/schemas"
VERSIONS = ("1.33", "1.34", "1.35")

_KINDS = {
    "apps/v1/Deployment": "io.k8s.api.apps.v1.Deployment",
    "batch/v1/Job": "io.k8s.api.batch.v1.Job",
    "networking.k8s.io/v1/Ingress": "io.k8s.api.networking.v1.Ingress",
    "networking.k8s.io/v1/NetworkPolicy": "io.k8s.api.networking.v1.NetworkPolicy",
    "policy/v1/PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
    "v1/ConfigMap": "io.k8s.api.core.v1.ConfigMap",
    "v1/Namespace": "io.k8s.api.core.v1.Namespace",
    "v1/PersistentVolumeClaim": "io.k8s.api.core.v1.PersistentVolumeClaim",
    "v1/Secret": "io.k8s.api.core.v1.Secret",
    "v1/Service": "io.k8s.api.core.v1.Service",
    "v1/ServiceAccount": "io.k8s.api.core.v1.ServiceAccount",
}
_REFERENCE = "#/$defs/"


def kubernetes_schemas(version: str) -> dict[str, Any]:
    """Return the schemas of the kinds that an export has, and what they refer to."""
    package = resources.files("kubernetes_validate") / "kubernetes-json-schema"
    text = (package / f"v{version}.0-local-strict" / "_definitions.json").read_text(encoding="utf-8")
    known = json.loads(text)["$defs"]
    wanted = list(_KINDS.values())
    found: dict[str, Any] = {}
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _pruned(known[name])
            wanted += _referred(found[name])
    return {
        "source": f"kubernetes-validate, Kubernetes {version}",
        "kinds": {kind: {"$ref": f"{_REFERENCE}{name}"} for kind, name in _KINDS.items()},
        "$defs": dict(sorted(found.items())),
    }


def custom_resources(definition: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the schemas of the versions of one custom resource, by `group/version/Kind`."""
    spec = definition["spec"]
    found = {}
    for version in spec["versions"]:
        if version["served"]:
            schema = _pruned(version["schema"]["openAPIV3Schema"])
            schema["properties"].pop("status", None)
            kind = f"{spec['group']}/{version['name']}/{spec['names']['kind']}"
            found[kind] = {"source": source, "schema": _closed(schema)}
    return found


def _pruned(value: Any) -> Any:
    if isinstance(value, list):
        return [_pruned(each) for each in value]
    if not isinstance(value, dict):
        return value
    # A property may be called `description`: then its value is a schema.
    kept = {
        key: _pruned(each) for key, each in value.items() if not isinstance(each, str) or key != "description"
    }
    return {
        key: each
        for key, each in kept.items()
        if not key.startswith("x-kubernetes-") or key == "x-kubernetes-preserve-unknown-fields"
    }


def _closed(schema: Any) -> Any:
    """Return a schema that refuses fields which the server would drop without a word."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(each) for key, each in schema.items()}
    is_open = closed.pop("x-kubernetes-preserve-unknown-fields", False) or "additionalProperties" in closed
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object" and not is_open:
        closed["additionalProperties"] = False
    return closed


def _referred(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "$ref":
                yield each.removeprefix(_REFERENCE)
            else:
                yield from _referred(each)
    elif isinstance(value, list):
        for each in value:
            yield from _referred(each)


def _write(path: Path, document: Mapping[str, Any]) -> None:
    # A definition is a line: a review sees which have changed.
    parts = []
    for name, value in document.items():
        if isinstance(value, dict):
            lines = (
                f"{json.dumps(key)}: {json.dumps(each, separators=(',', ':'))}" for key, each in value.items()
            )
            parts.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def main() -> None:
    """Record the schemas of Kubernetes, and those of the custom resources in the files that are named."""
    DIRECTORY.mkdir(exist_ok=True)
    for version in VERSIONS:
        _write(DIRECTORY / f"kubernetes-{version}.json", kubernetes_schemas(version))
    operators = DIRECTORY / "operators.json"
    found = json.loads(operators.read_bytes())["kinds"] if operators.exists() else {}
    for argument in sys.argv[1:]:
        file, _, source = argument.partition("=")
        for definition in yaml.safe_load_all(Path(file).read_text(encoding="utf-8")):
            if definition:
                found |= custom_resources(definition, source)
    _write(operators, {"kinds": dict(sorted(found.items()))})


if __name__ == "__main__":
    main()
