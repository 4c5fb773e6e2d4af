"""TLS of the server: between its members, and between it and its clients. Both sides show a certificate.

The certificates are Secrets that exist, or cert-manager makes them, and a certificate authority of this
installation alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.export.kubernetes.declaration import manifest

if TYPE_CHECKING:
    from devenv.export.kubernetes.declaration import Manifest
    from devenv.project.kubernetes import Kubernetes

_API = "cert-manager.io/v1"
_MOUNT = "/etc/temporal/tls"
_OF_THE_SERVER = ("frontend", "internode")
# Clients have a certificate of their own: whoever has the server's could be the server.
_CLIENT = "client"


def is_on(cluster: Kubernetes) -> bool:
    """Return whether the server talks TLS."""
    return cluster.tls.server != "no"


def server_name(purpose: str, cluster: Kubernetes) -> str:
    """Return the name in the certificate, which whoever connects expects."""
    return f"{cluster.fullname}-{purpose}.{cluster.namespace}.svc"


def server_values(cluster: Kubernetes) -> dict[str, Any]:
    """Return the values of the server: https://docs.temporal.io/references/configuration#tls."""
    if not is_on(cluster):
        return {}
    return {
        "additionalVolumes": [_volume(purpose, cluster) for purpose in _OF_THE_SERVER],
        "additionalVolumeMounts": [_mount(purpose) for purpose in _OF_THE_SERVER],
    }


def server_configuration(cluster: Kubernetes) -> dict[str, Any]:
    """Return what stands below `tls` in the configuration of the server."""
    return {purpose: _section(purpose, cluster) for purpose in _OF_THE_SERVER} if is_on(cluster) else {}


def _section(purpose: str, cluster: Kubernetes) -> dict[str, Any]:
    authority = f"{_MOUNT}/{purpose}/ca.crt"
    # The frontend is called by other members too, which show the certificate that they have among themselves.
    callers = dict.fromkeys((authority, f"{_MOUNT}/internode/ca.crt"))
    return {
        "server": {
            "certFile": f"{_MOUNT}/{purpose}/tls.crt",
            "keyFile": f"{_MOUNT}/{purpose}/tls.key",
            "requireClientAuth": True,
            "clientCaFiles": list(callers),
        },
        "client": {"serverName": server_name(purpose, cluster), "rootCaFiles": [authority]},
    }


def client_values(cluster: Kubernetes) -> dict[str, Any]:
    """Return the values of a pod that is a client."""
    if not is_on(cluster):
        return {}
    return {
        "additionalVolumes": [client_volume(cluster)],
        "additionalVolumeMounts": [client_mount()],
    }


def tools_values(cluster: Kubernetes) -> dict[str, Any]:
    """Return the values of the admin tools."""
    if not is_on(cluster):
        return {}
    return {"additionalEnv": client_environment(cluster), **client_values(cluster)}


def ui_environment(cluster: Kubernetes) -> dict[str, str]:
    """Return the variables of the Web UI."""
    return (
        {
            "TEMPORAL_TLS_CA": f"{_MOUNT}/client/ca.crt",
            "TEMPORAL_TLS_CERT": f"{_MOUNT}/client/tls.crt",
            "TEMPORAL_TLS_KEY": f"{_MOUNT}/client/tls.key",
            "TEMPORAL_TLS_ENABLE_HOST_VERIFICATION": "true",
            "TEMPORAL_TLS_SERVER_NAME": server_name("frontend", cluster),
        }
        if is_on(cluster)
        else {}
    )


def client_environment(cluster: Kubernetes) -> list[dict[str, Any]]:
    """Return the variables of the Temporal CLI and of SDKs, as a container has them."""
    variables = {
        "TEMPORAL_TLS": "true",
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": f"{_MOUNT}/client/ca.crt",
        "TEMPORAL_TLS_CLIENT_CERT_PATH": f"{_MOUNT}/client/tls.crt",
        "TEMPORAL_TLS_CLIENT_KEY_PATH": f"{_MOUNT}/client/tls.key",
        "TEMPORAL_TLS_SERVER_NAME": server_name("frontend", cluster),
    }
    return [{"name": name, "value": value} for name, value in variables.items()] if is_on(cluster) else []


def certificates(cluster: Kubernetes) -> list[Manifest]:
    """Return the authority and the certificates that cert-manager makes; nothing where Secrets exist."""
    if cluster.tls.server != "cert-manager":
        return []
    authority = f"{cluster.fullname}-ca"
    issuer = f"{cluster.fullname}-self-signed"
    own = {
        "isCA": True,
        "commonName": f"Temporal in {cluster.namespace}",
        "secretName": authority,
        "privateKey": {"algorithm": "ECDSA", "size": 256},
        "issuerRef": {"kind": "Issuer", "name": issuer},
    }
    return [
        manifest(_API, "Issuer", issuer, cluster.namespace, spec={"selfSigned": {}}),
        manifest(_API, "Certificate", authority, cluster.namespace, spec=own),
        manifest(_API, "Issuer", authority, cluster.namespace, spec={"ca": {"secretName": authority}}),
        *(_certificate(purpose, cluster, authority) for purpose in (*_OF_THE_SERVER, _CLIENT)),
    ]


def _certificate(purpose: str, cluster: Kubernetes, authority: str) -> Manifest:
    secret = cluster.secret_names[f"{purpose}-tls"]
    names = [server_name(purpose, cluster), f"{cluster.fullname}-{purpose}"]
    if purpose == "frontend" and cluster.grpc.host:
        names.append(cluster.grpc.host)
    spec = {
        "secretName": secret,
        "dnsNames": names,
        "usages": ["client auth"] if purpose == _CLIENT else ["server auth", "client auth"],
        "privateKey": {"algorithm": "ECDSA", "size": 256},
        "issuerRef": {"kind": "Issuer", "name": authority},
    }
    return manifest(_API, "Certificate", secret, cluster.namespace, spec=spec)


def client_volume(cluster: Kubernetes) -> dict[str, Any]:
    """Return the volume with the certificate of clients."""
    return _volume(_CLIENT, cluster)


def client_mount() -> dict[str, Any]:
    """Return where a container has it."""
    return _mount(_CLIENT)


def _volume(purpose: str, cluster: Kubernetes) -> dict[str, Any]:
    return {"name": f"tls-{purpose}", "secret": {"secretName": cluster.secret_names[f"{purpose}-tls"]}}


def _mount(purpose: str) -> dict[str, Any]:
    return {"name": f"tls-{purpose}", "mountPath": f"{_MOUNT}/{purpose}", "readOnly": True}
