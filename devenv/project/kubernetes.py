"""What `devenv.toml` says of a cluster below `[kubernetes]`, for `devenv export kubernetes`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from devenv.files.strict import StrictModel
from devenv.project.settings_problems import WrongFieldError, settings_error, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from devenv.project.settings import Settings

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_LONGEST_LABEL = 63
_LONGEST_HOST = 253
# Helm's own limit; the chart makes names of Services of it.
_LONGEST_RELEASE = 40
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?")
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[^\s/]+)*/?")
_RETENTION = re.compile(r"[1-9][0-9]*[dwm]")
_ADDRESS = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:[0-9]{1,5}")
_HTTPS = re.compile(r"https?://[^\s/]+(/\S*)?")
_IMAGE_PREFIX = re.compile(r"[a-z0-9][a-z0-9._:/-]*[a-z0-9]")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)


def is_label(name: str, longest: int = _LONGEST_LABEL) -> bool:
    """Return whether Kubernetes takes `name` for an object: lower-case letters, digits and dashes."""
    return len(name) <= longest and _LABEL.fullmatch(name) is not None


def _check_label(longest: int) -> Callable[[str], str]:
    def check(name: str) -> str:
        if is_label(name, longest):
            return name
        raise ValueError(
            f"cannot be {shown(name)}: Kubernetes takes lower-case letters, digits and dashes between them, "
            f"at most {longest} characters"
        )

    return check


def _check_host(host: str) -> str:
    if not host or (len(host) <= _LONGEST_HOST and all(map(is_label, host.split(".")))):
        return host
    raise ValueError(f'must be a host name such as "temporal.example.com", not {shown(host)}')


def _check_object(name: str) -> str:
    if not name or (len(name) <= _LONGEST_HOST and all(map(is_label, name.split(".")))):
        return name
    raise ValueError(
        f"cannot be {shown(name)}: Kubernetes takes lower-case letters, digits, dashes and dots between them"
    )


def _matches(pattern: re.Pattern[str], expected: str) -> Callable[[str], str]:
    """Return a check that lets through what matches, and an empty text."""

    def check(value: str) -> str:
        if not value or pattern.fullmatch(value):
            return value
        raise ValueError(f"must be {expected}, not {shown(value)}")

    return check


Label = Annotated[str, AfterValidator(_check_label(_LONGEST_LABEL))]
Release = Annotated[str, AfterValidator(_check_label(_LONGEST_RELEASE))]
ObjectName = Annotated[str, AfterValidator(_check_object)]
Host = Annotated[str, AfterValidator(_check_host)]
Quantity = Annotated[str, AfterValidator(_matches(_QUANTITY, 'a quantity such as "500m" or "1Gi"'))]
Bucket = Annotated[str, AfterValidator(_matches(_BUCKET, 'a bucket such as "s3://backups/temporal"'))]
Address = Annotated[str, AfterValidator(_matches(_ADDRESS, 'an address such as "postgres.example.com:5432"'))]
HttpUrl = Annotated[str, AfterValidator(_matches(_HTTPS, 'a URL such as "https://auth.example.com"'))]
Tag = Annotated[str, AfterValidator(_matches(_TAG, 'a tag such as "1.4.0"'))]
ImagePrefix = Annotated[
    str,
    AfterValidator(_matches(_IMAGE_PREFIX, 'the beginning of an image such as "harbor.example.com/shop"')),
]
Retention = Annotated[str, AfterValidator(_matches(_RETENTION, 'a time such as "14d", "4w" or "6m"'))]


class RoleSettings(StrictModel):
    """What a role of the server gets; what is empty is that of the size."""

    replicas: Annotated[int, Field(ge=1, le=100)] | None = None
    cpu: Quantity = ""
    memory: Quantity = ""
    cpu_limit: Quantity = ""
    memory_limit: Quantity = ""


RoleName = Literal["frontend", "history", "matching", "worker", "ui"]
_ROLE = "Other than of the size: a table of replicas, cpu, memory, cpu_limit, memory_limit"


class Roles(StrictModel):
    """What roles get, other than their size says."""

    frontend: RoleSettings | None = Field(None, description=_ROLE)
    history: RoleSettings | None = Field(None, description=_ROLE)
    matching: RoleSettings | None = Field(None, description=_ROLE)
    worker: RoleSettings | None = Field(None, description=_ROLE)
    ui: RoleSettings | None = Field(None, description=_ROLE)


class ClusterPostgres(StrictModel):
    """The Postgres of the server in the cluster."""

    by: Literal["cnpg", "external"] = Field(
        "cnpg", description="`cnpg`: a cluster of the operator CloudNativePG; `external`: one that is there"
    )
    address: Address = Field("", description="`host:port` of an external one")
    user: str = Field("temporal", description="Its user, who owns both databases")
    tls: bool = Field(False, description="Whether an external one is asked for TLS")
    instances: Annotated[int, Field(ge=1, le=9)] | None = Field(
        None, description="Instances; that of the size by default: 1 for `small`, 3 for `ha`"
    )
    storage: Quantity = Field("10Gi", description="Size of the volume of each instance")
    storage_class: ObjectName = Field("", description="Its StorageClass; that of the cluster by default")
    backups: Bucket = Field(
        "", description="Bucket for base backups and the archive of the WAL; none by default"
    )
    endpoint: HttpUrl = Field("", description="URL of the object store, where it is not Amazon's")
    retention: Retention = Field("14d", description="How long backups are kept")

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        if self.by == "external" and not self.address:
            raise WrongFieldError('is external and has no address: add address = "host:port"', "by")
        return self


class ClusterUi(StrictModel):
    """How the Web UI is reached from outside the cluster."""

    host: Host = Field("", description="Host name of its Ingress; none by default: `kubectl port-forward`")
    oidc: HttpUrl = Field("", description="URL of the OpenID Connect provider that people log in with")
    client_id: str = Field("temporal", description="The client id there")

    @model_validator(mode="after")
    def _check_host_of_login(self) -> Self:
        if self.oidc and not self.host:
            raise WrongFieldError("sends people back to the Web UI: `host` must say where that is", "oidc")
        return self


class ClusterGrpc(StrictModel):
    """How clients outside the cluster reach the frontend."""

    expose: Literal["no", "load-balancer", "ingress"] = Field(
        "no", description="A LoadBalancer, or an Ingress of a controller that speaks gRPC"
    )
    host: Host = Field("", description="Its host name, for external-dns, and for the rule of an Ingress")

    @model_validator(mode="after")
    def _check_host_of_ingress(self) -> Self:
        if self.expose == "ingress" and not self.host:
            raise WrongFieldError('is "ingress", which needs a host: add host = "grpc.example.com"', "expose")
        return self


class ClusterTls(StrictModel):
    """Certificates."""

    issuer: ObjectName = Field(
        "", description="ClusterIssuer of cert-manager for hosts outside; else Secrets that exist"
    )
    server: Literal["no", "secrets", "cert-manager"] = Field(
        "no",
        description=(
            "TLS of the server with its members and clients, who show certificates too: from Secrets that "
            "exist, or made by cert-manager with an authority of their own"
        ),
    )


class ClusterWorkers(StrictModel):
    """The workers of services that `new-service` wrote."""

    namespace: Label | None = Field(None, description="Their Kubernetes namespace; the server's by default")
    registry: ImagePrefix = Field("", description="What stands before the names of their images")
    tag: Tag = Field("latest", description="The tag of their images")


class Kubernetes(StrictModel):
    """What `devenv export kubernetes` writes files for."""

    chart: str = Field("1.6.0", description="Version of the official Helm chart, in quotes")
    version: str = Field("1.34", description="Version of Kubernetes that `--check` compares with, in quotes")
    namespace: Label = Field("temporal", description="Kubernetes namespace of the server")
    release: Release = Field(
        "temporal", description="Name of the Helm release; names of Services begin with it"
    )
    size: Literal["small", "ha"] = Field(
        "small", description="`small`: one of each; `ha`: 3 frontend, 3 history, 3 matching, 5 worker, spread"
    )
    shards: Annotated[int, Field(ge=1, le=16384)] = Field(
        512, description="History shards; they can never be changed once the server has run"
    )
    secrets: Literal["placeholder", "external-secrets", "sops"] = Field(
        "placeholder",
        description="Where Secrets come from: made by hand, External Secrets, or files under SOPS",
    )
    secret_store: ObjectName = Field(
        "vault", description="Name of the ClusterSecretStore of External Secrets"
    )
    secret_path: str = Field("temporal", description="Path in that store, before the name of each secret")
    age_recipient: str = Field("", description="Public age key that SOPS encrypts for")
    gitops: Literal["just", "flux", "argocd"] = Field(
        "just", description="What installs the export: recipes for `just`, Flux, or Argo CD"
    )
    repository: str = Field("", description="URL of the git repository that Argo CD reads the export from")
    path: str = Field("", description="Path of the export in that repository")
    ingress_class: ObjectName = Field("", description="Class of Ingresses; that of the cluster by default")
    monitoring: bool = Field(
        False, description="Whether the cluster has the Prometheus operator: monitors, alerts and dashboards"
    )
    opensearch: HttpUrl = Field(
        "", description="URL of an OpenSearch for visibility; without one, workflows are listed in Postgres"
    )
    roles: Roles = Field(default_factory=Roles)
    postgres: ClusterPostgres = Field(default_factory=ClusterPostgres)
    ui: ClusterUi = Field(default_factory=ClusterUi)
    grpc: ClusterGrpc = Field(default_factory=ClusterGrpc)
    tls: ClusterTls = Field(default_factory=ClusterTls)
    workers: ClusterWorkers = Field(default_factory=ClusterWorkers)

    @model_validator(mode="after")
    def _check_repository(self) -> Self:
        if self.gitops == "argocd" and not self.repository:
            raise WrongFieldError(
                'is "argocd", which reads a git repository: add repository = "https://…"', "gitops"
            )
        return self

    @property
    def workers_namespace(self) -> str:
        """The Kubernetes namespace of workers."""
        return self.workers.namespace or self.namespace

    @property
    def fullname(self) -> str:
        """What the names of everything that the chart makes begin with, as the chart derives it."""
        return self.release if "temporal" in self.release else f"{self.release}-temporal"

    @property
    def frontend(self) -> str:
        """The address of the frontend inside the cluster, as `host:port`."""
        return f"{self.fullname}-frontend.{self.namespace}.svc:7233"

    @property
    def secret_names(self) -> Mapping[str, str]:
        """The Secrets that the files may name, by what they are for."""
        return {purpose: f"{self.fullname}-{purpose}" for purpose in SECRET_PURPOSES}


SECRET_PURPOSES = (
    *("postgres", "backups", "opensearch", "ui-oidc"),
    *("ui-tls", "grpc-tls", "frontend-tls", "internode-tls", "client-tls"),
)


class _Document(StrictModel):
    """The part of `devenv.toml` that is read here, with its path from the top."""

    kubernetes: Kubernetes


def read_kubernetes(settings: Settings) -> Kubernetes:
    """Return what is declared of the cluster.

    Raises:
        SettingsInvalidError: With the place and reason of everything that is wrong.
    """
    try:
        return _Document.model_validate({"kubernetes": settings.kubernetes}).kubernetes
    except ValidationError as error:
        raise settings_error(error, settings.layers, _Document) from error
