"""`export kubernetes --check`: whether files are current, and what their readers take. Nobody is asked.

Readers are Kubernetes, by the schemas of its version, operators, by those of their custom resources, and the
chart, by the values that it knows. The schemas are in schemas/; tools/kubernetes_schemas.py records them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import ExportInvalidError
from devenv.export.kubernetes.charts import charts
from devenv.export.kubernetes.files import RECORD
from devenv.export.kubernetes.kustomization import FILE, NAMES, VALUES
from devenv.export.kubernetes.schemas import schemas
from devenv.export.kubernetes.secret_sources import SOPS_RULES
from devenv.files.exported import outdated
from devenv.files.text import TextError, display_path, read_text
from devenv.files.yaml_documents import read_manifests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devenv.export.kubernetes.files import KubernetesExport
    from devenv.project.kubernetes import Kubernetes

# Some name every alternative that there is.
_LONGEST_REASON = 200
# What Kustomize or SOPS reads.
_FOR_OTHERS = {FILE, NAMES, SOPS_RULES}


def check(directory: Path, export: KubernetesExport) -> list[str]:
    """Return the paths in `directory` whose objects were checked.

    Raises:
        ExportInvalidError: With everything that is not current, or that a reader would refuse.
    """
    old = outdated(directory, export.files, RECORD)
    problems = [f"{display_path(directory / path)}: is not what the project declares now" for path in old]
    checked = sorted(path for path in export.files if path.endswith(".yaml") and (directory / path).exists())
    for path in checked:
        problems += _problems(directory / path, path, export.cluster)
    if problems:
        hint = (
            "export again without `--check`" if old else "correct the file, or export it again with `--force`"
        )
        raise ExportInvalidError(problems[0], details=problems[1:], hint=hint)
    return checked


def _problems(file: Path, path: str, cluster: Kubernetes) -> Iterator[str]:
    place = display_path(file)
    try:
        documents = read_manifests(read_text(file), place)
    except TextError as error:
        yield f"{place}: {error.reason}"
    except ExportInvalidError as error:
        yield error.message
    else:
        if path == VALUES:
            for unknown in charts()[cluster.chart].unknown(documents[0] if documents else {}):
                yield f"{place}: chart {cluster.chart} knows no {unknown}"
        elif path not in _FOR_OTHERS:
            for document in documents:
                yield from (f"{place}: {each}" for each in refusals(document, cluster.version))


def refusals(document: object, version: str) -> Iterator[str]:
    """Yield what Kubernetes of that version, or an operator, would refuse in an object."""
    match document:
        case {"apiVersion": str(api), "kind": str(kind), "metadata": {"name": str(name)}}:
            found = schemas(version).get(f"{api}/{kind}")
        case _:
            yield "is no object of Kubernetes: it has no apiVersion, kind or name"
            return
    if found is None:
        yield f"devenv knows no {kind} of {api}"
        return
    from jsonschema import Draft202012Validator  # noqa: PLC0415  nobody else needs it

    for error in Draft202012Validator(found).iter_errors(document):
        where = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.absolute_path)
        yield f"{kind} {name}{f', {where[1:]}' if where else ''}: {error.message[:_LONGEST_REASON]}"
