"""The Compose file of a stack with overlays: the reviewed model with the labels of the stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devenv.engines.compose import labels
from devenv.overlays.review import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.engines.protocol import StackIdentity
    from devenv.overlays.model import ComposeModels

NOT_LAUNCHED = ("develop", "env_file")


# The hardening of the stack file; a service of an add-on gets what it does not set itself.
HARDENED: Mapping[str, Any] = {
    "init": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "pids_limit": 512,
    "mem_limit": "256m",
    "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
}


# In the Compose files of an add-on that devenv ships: what begins so is for the services that overlays add.
FOR_OVERLAY_SERVICES = "x-overlay-services"


# What makes a service that is launched like another one a service of its own.
ITS_OWN = frozenset(
    {"command", "depends_on", "deploy", "entrypoint", "healthcheck", "labels", "mem_limit", "ports", "scale"}
)


def launch_file(
    models: ComposeModels,
    stack: StackIdentity,
    addon_services: Mapping[str, str] = {},
    like: Mapping[str, str] = {},
    remade: Mapping[str, str] = {},
) -> str:
    """Return the model with the overlays as a Compose file; JSON is YAML too.

    Everything has the labels of the stack, whatever an overlay says of labels, and services of overlays have
    what add-ons of devenv give them, unless they say otherwise. Nothing is left for Compose to look up in the
    shell or in other files. `addon_services` are those of add-ons, each with a digest of the
    files that it mounts: another one makes Compose recreate the container. `like` are those that are
    launched like a service of the stack, whoever changes that. `remade` are services of the stack that mount
    files of add-ons, each with a digest of these.
    """
    model: dict[str, Any] = {
        section: value for section, value in models.merged.items() if not section.startswith("x-")
    }
    for section in ("services", "networks", "volumes"):
        model[section] = {
            name: labels.with_labels(
                item or {}, _labels(models.own(section).get(name)), labels.labels_of(stack)
            )
            for name, item in models.all(section).items()
        }
    defaults = _for_overlay_services(models)
    model["services"] = {
        name: _launched(service if name in models.own("services") else _with_defaults(service, defaults))
        for name, service in model["services"].items()
    }
    for name, digest in remade.items():
        given = model["services"][name]["labels"]
        model["services"][name]["labels"] = {**given, labels.FILES: f"{given.get(labels.FILES, '')}{digest}"}
    model["services"] |= {
        name: _alike(model["services"][name], model["services"][other]) for name, other in like.items()
    }
    for name, digest in addon_services.items():
        service = model["services"][name]
        other = model["services"][like[name]]["labels"].get(labels.FILES, "") if name in like else ""
        labelled = {"labels": {**service["labels"], labels.FILES: f"{digest}{other}"}}
        model["services"][name] = {**HARDENED, **service, **labelled}
    return PLACEHOLDER.sub(r"${\1}", json.dumps(model, indent=1))


def _for_overlay_services(models: ComposeModels) -> Mapping[str, Any]:
    """Return what services of overlays get; only devenv's own files say so."""
    defaults: dict[str, Any] = {}
    for name, section in models.base.items():
        if name.startswith(FOR_OVERLAY_SERVICES):
            defaults = _with_defaults(section, defaults)
    return defaults


def _with_defaults(service: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return a service with all that it does not say itself; variables, volumes and waits are added."""
    both: dict[str, Any] = {
        "environment": {**(defaults.get("environment") or {}), **(service.get("environment") or {})},
        "depends_on": {**(defaults.get("depends_on") or {}), **(service.get("depends_on") or {})},
        "volumes": [*(defaults.get("volumes") or []), *(service.get("volumes") or [])],
    }
    return {**defaults, **service, **{key: value for key, value in both.items() if value}}


def _alike(service: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return `service` with what `other` is, but for what is its own; its variables win."""
    shared = {key: value for key, value in other.items() if key not in ITS_OWN}
    variables = {**(other.get("environment") or {}), **(service.get("environment") or {})}
    return {**service, **shared, "environment": variables}


def _labels(item: Mapping[str, Any] | None) -> Mapping[str, str]:
    return (item or {}).get("labels") or {}


def _launched(service: Mapping[str, Any]) -> dict[str, Any]:
    """Return a service without variables that Compose would take from the shell."""
    settled = {key: value for key, value in service.items() if key not in NOT_LAUNCHED}
    if settled.get("environment"):
        settled["environment"] = _with_values(settled["environment"])
    build = settled.get("build")
    if build and build.get("args"):
        settled["build"] = build | {"args": _with_values(build["args"])}
    return settled


def _with_values(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if value is not None}
