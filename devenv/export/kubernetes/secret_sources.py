"""Where Secrets come from: External Secrets, files under SOPS, or somebody's hands. No value is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.export.kubernetes.declaration import manifest
from devenv.files.yaml_documents import write_manifests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.export.kubernetes.declaration import Manifest
    from devenv.export.kubernetes.secrets import NeededSecret
    from devenv.project.kubernetes import Kubernetes

# The bootstrap Job refuses a Secret with it: templates/secrets.sh.
PLACEHOLDER = "REPLACE-ME"
EXAMPLE = "secrets.example.yaml"
ENCRYPTED = "secrets.enc.yaml"
SOPS_RULES = ".sops.yaml"

_ABOUT_EXAMPLE = """\
The Secrets that have to exist, with placeholders: nothing applies this file. README.md has the commands.
"""
_ABOUT_SOPS = """\
The Secrets that have to exist, with placeholders: nothing applies this file. Write the values into a copy
outside of git, and encrypt it: sops encrypt --filename-override secrets.enc.yaml COPY > secrets.enc.yaml
"""


def external_secrets(secrets: Sequence[NeededSecret], cluster: Kubernetes) -> list[Manifest]:
    """Return what has External Secrets make each Secret from its store; nothing for other sources."""
    if cluster.secrets != "external-secrets":
        return []
    return [_external_secret(secret, cluster) for secret in secrets]


def _external_secret(secret: NeededSecret, cluster: Kubernetes) -> Manifest:
    unknown = [key for key in secret.keys if key not in secret.known]
    data = [{"secretKey": key, "remoteRef": {"key": secret.place, "property": key}} for key in unknown]
    # What `{{ index . "password" }}` becomes is the value of that key.
    values = dict(secret.known) | {key: f'{{{{ index . "{key}" }}}}' for key in unknown}
    template = {"type": secret.type, "data": values}
    return manifest(
        "external-secrets.io/v1",
        "ExternalSecret",
        secret.name,
        secret.namespace,
        labels={"app.kubernetes.io/component": "secret"},
        spec={
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": cluster.secret_store},
            "target": {"name": secret.name, "template": template},
            "data": data,
        },
    )


def example_files(secrets: Sequence[NeededSecret], cluster: Kubernetes) -> dict[str, str]:
    """Return what shows people which Secrets to make: nothing if a store has them."""
    if cluster.secrets == "external-secrets":
        return {}
    examples = [_example(secret) for secret in secrets]
    if cluster.secrets == "placeholder":
        return {EXAMPLE: write_manifests(examples, _ABOUT_EXAMPLE)}
    rule = {"path_regex": r"secrets\.enc\.yaml$", "encrypted_regex": "^(data|stringData)$"}
    if cluster.age_recipient:
        rule["age"] = cluster.age_recipient
    return {
        EXAMPLE: write_manifests(examples, _ABOUT_SOPS),
        SOPS_RULES: write_manifests([{"creation_rules": [rule]}]),
    }


def _example(secret: NeededSecret) -> Manifest:
    values = dict.fromkeys(secret.keys, PLACEHOLDER) | dict(secret.known)
    return manifest("v1", "Secret", secret.name, secret.namespace, type=secret.type, stringData=values)
