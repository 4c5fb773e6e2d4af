"""Checks of what is declared, made before a service, network or volume is touched."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from devenv.events import warn
from devenv.stack.addon_plan import with_addon_ports
from devenv.stack.data_versions import check_versions, check_versions_of_data
from devenv.stack.desired import config_warning_sentences
from devenv.stack.overlay_trust import accept_overlays
from devenv.stack.plan_and_apply import check_fit, check_namespace_of_clients, store_of

if TYPE_CHECKING:
    from devenv.stack.steps.context import UpContext


def check_declaration(up: UpContext) -> None:
    """Check that clients get a declared namespace; warn of what is doubtful in the dynamic config."""
    check_namespace_of_clients(up.desired)
    for sentence in config_warning_sentences(up.desired):
        warn(up.reporter, sentence)


def check_recorded_versions(up: UpContext) -> None:
    """Refuse versions that cannot go on with the data, as far as the record knows what worked on it."""
    if up.request.snapshot is not None:
        up.version_changes = []  # the data that it is about is going to be replaced
        return
    up.version_changes = check_versions(up.earlier, up.desired.settings, up.deps)


def check_data(up: UpContext) -> None:
    """Check the versions where only the data itself can tell, and what else the engine needs to open it."""
    is_untold = up.earlier is None or not up.earlier.data_versions
    if is_untold and up.request.snapshot is None:
        identity, settings = up.stack.identity, up.desired.settings
        found = check_versions_of_data(identity, settings, up.engine, up.images)
        up.version_changes = list(dict.fromkeys([*up.version_changes, *found]))
    for change in up.version_changes:
        warn(up.reporter, change.sentence)
    up.engine.check_data(up.stack.identity, up.reporter)


def check_exposure(up: UpContext) -> None:
    """Warn of settings that let others reach the stack."""
    settings = up.desired.settings
    bind = settings.ports.bind
    if not IPv4Address(bind).is_loopback:
        is_open = up.engine.traits.exposes_internal_ports
        internal = ", and its internal ports are open too" if is_open else ""
        warn(
            up.reporter,
            f"the stack listens on {bind}: whoever reaches this machine there can read and change everything "
            f"in it, for the server asks for no password{internal} (`[ports] bind`)",
        )
    if settings.http_api == "open":
        warn(
            up.reporter,
            "any web page in your browser can write to the stack by the HTTP API (`http_api`)",
        )


def check_limits(up: UpContext) -> None:
    """Check that the stack can have what is declared; what its server ignores is a warning."""
    store = store_of(up.engine.traits, up.desired.settings.visibility)
    check_fit(up.desired.seeds, store, up.reporter, up.addons.names)


def check_overlays(up: UpContext) -> None:
    """Have the overlays reviewed, for ports that may still become others."""
    usual = up.earlier.ports if up.earlier else up.desired.settings.ports.to_ports()
    ports = with_addon_ports(up.desired.addons, usual)
    spec = up.desired.launch_spec(up.stack.identity, ports, up.images)
    up.overlays = accept_overlays(spec, up.engine, up.deps, trusted=up.request.trust)
