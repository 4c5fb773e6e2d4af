"""The Secrets that have to exist in the cluster: an export writes none, and tells of each how it is made."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from devenv.export.kubernetes.postgres import USER_OF_CLUSTER
from devenv.export.kubernetes.tls import server_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.project.kubernetes import Kubernetes

_TLS_TYPE = "kubernetes.io/tls"


@dataclass(frozen=True)
class NeededSecret:
    """A Secret, its keys, and what it is for; `known` are values that are no secret."""

    name: str
    namespace: str
    keys: tuple[str, ...]
    why: str
    type: str = "Opaque"
    known: Mapping[str, str] = field(default_factory=dict)
    is_chosen: bool = False
    """Whether the secret values are anybody's choice, so that random ones do."""
    place: str = ""
    """Where External Secrets looks for it; empty if people make the Secret."""

    @property
    def command(self) -> str:
        """The command that makes it by hand, if people do; what only its owner knows is read from files."""
        if self.place:
            return ""
        arguments = [f"--from-literal {shlex.quote(f'{key}={value}')}" for key, value in self.known.items()]
        secret = '--from-literal "{}=$(openssl rand -hex 24)"' if self.is_chosen else "--from-file {}=FILE"
        arguments += [secret.format(key) for key in self.keys if key not in self.known]
        kind = "" if self.type == "Opaque" else f" --type {self.type}"
        return f"kubectl create secret generic {self.name} -n {self.namespace}{kind} {' '.join(arguments)}"


def needed_secrets(cluster: Kubernetes) -> list[NeededSecret]:
    """Return the Secrets that the exported files name and nothing in the cluster makes."""
    secrets = [
        *_of_stores(cluster),
        *_of_people(cluster),
        *_certificates_outside(cluster),
        *_certificates_of_the_server(cluster),
    ]
    if cluster.secrets != "external-secrets":
        return secrets
    return [replace(each, place=f"{cluster.secret_path}/{each.name}".lstrip("/")) for each in secrets]


def _of_stores(cluster: Kubernetes) -> Iterator[NeededSecret]:
    names, namespace, postgres = cluster.secret_names, cluster.namespace, cluster.postgres
    is_ours = postgres.by == "cnpg"
    yield NeededSecret(
        names["postgres"],
        namespace,
        ("username", "password"),
        "the user as whom the server connects to Postgres",
        "kubernetes.io/basic-auth",
        {"username": USER_OF_CLUSTER if is_ours else postgres.user},
        is_chosen=is_ours,
    )
    if is_ours and postgres.backups:
        keys = ("ACCESS_KEY_ID", "ACCESS_SECRET_KEY")
        yield NeededSecret(names["backups"], namespace, keys, "the object store that backups go to")
    if cluster.opensearch:
        yield NeededSecret(
            names["opensearch"], namespace, ("password",), 'the password of the user "temporal" of OpenSearch'
        )


def _of_people(cluster: Kubernetes) -> Iterator[NeededSecret]:
    if cluster.ui.oidc:
        why = f'the client "{cluster.ui.client_id}" at {cluster.ui.oidc}'
        yield NeededSecret(cluster.secret_names["ui-oidc"], cluster.namespace, ("client-secret",), why)


def _certificates_of_the_server(cluster: Kubernetes) -> Iterator[NeededSecret]:
    keys = ("tls.crt", "tls.key", "ca.crt")
    names = cluster.secret_names
    if cluster.tls.server == "secrets":
        for purpose, why in (
            ("frontend", f"the certificate of {server_name('frontend', cluster)}, for servers and clients"),
            ("internode", f"the certificate of {server_name('internode', cluster)}, for both, too"),
            ("client", "the certificate that the Web UI and other clients show"),
        ):
            yield NeededSecret(names[f"{purpose}-tls"], cluster.namespace, keys, why, _TLS_TYPE)
    if cluster.tls.server != "no" and cluster.workers_namespace != cluster.namespace:
        why = f"what workers show: a copy of that in {cluster.namespace}"
        yield NeededSecret(names["client-tls"], cluster.workers_namespace, keys, why, _TLS_TYPE)


def _certificates_outside(cluster: Kubernetes) -> Iterator[NeededSecret]:
    """Yield the certificates for hosts outside that no issuer makes."""
    if cluster.tls.issuer:
        return
    wanted = {}
    if cluster.ui.host:
        wanted["ui-tls"] = (("tls.crt", "tls.key"), f"the certificate of {cluster.ui.host}")
    if cluster.grpc.expose == "ingress":
        wanted["grpc-tls"] = (("tls.crt", "tls.key"), f"the certificate of {cluster.grpc.host}")
    for purpose, (keys, why) in wanted.items():
        yield NeededSecret(cluster.secret_names[purpose], cluster.namespace, keys, why, _TLS_TYPE)
