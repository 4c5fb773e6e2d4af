"""The server that the tests of a session work with: adopted, found up, or started and removed again."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv import wiring
from devenv.engines.host.programs import undisturbed
from devenv.errors import DevenvError, SeedsInvalidError, ServerUnreachableError
from devenv.events import WarningEvent
from devenv.files.sentences import did_you_mean
from devenv.project.locate import find_project
from devenv.project.settings import load_settings
from devenv.pytest_plugin.configured import NamespaceConfig
from devenv.pytest_plugin.link import StackInfo
from devenv.pytest_plugin.pool import Server
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.stack.config_delivery import reads_file
from devenv.stack.credentials import key_of_tests
from devenv.stack.desired import load_desired
from devenv.stack.environment import API_KEY, client_variables
from devenv.stack.plan_and_apply import check_fit, store_of
from devenv.stack.run_session import goes_with_data, keep_up, run_session
from devenv.stack.stack import find_stack
from devenv.stack.up import UpRequest, in_ci
from devenv.temporal.protocol import Server as Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from devenv.events import Event, Reporter
    from devenv.stack.desired import Desired
    from devenv.stack.stack import Observation, Stack

ADDRESS = "TEMPORAL_ADDRESS"
_STACK = "TEMPORAL_DEVENV_STACK"
_TIMEOUT = "TEMPORAL_DEVENV_TIMEOUT"
_HINT = f"start that server, or unset {ADDRESS} to have a stack of the project"


@dataclass(frozen=True)
class Served:
    """A server, what tests are told of it, and whether it goes with all its data when the session ends.

    `keep_up` has it stay for good.
    """

    info: StackInfo
    server: Server
    goes_with_data: Callable[[], bool]
    is_serving: Callable[[], bool]
    keep_up: Callable[[], None]


class Warnings:
    """A `Reporter` that keeps the warnings, each once; what went wrong is in the error."""

    def __init__(self) -> None:
        self._kept: dict[str, None] = {}

    def report(self, event: Event) -> None:
        """Keep a warning."""
        if isinstance(event, WarningEvent):
            self._kept[event.message] = None

    @property
    def sentences(self) -> list[str]:
        """What was warned of, for the end of the session."""
        return [f"warning: {message}" for message in self._kept]


@contextmanager
def serve(wishes: Mapping[str, Any], reporter: Reporter) -> Iterator[Served]:
    """Have a server for the block.

    Raises:
        DevenvError: There is none.
    """
    project = find_project(Path(wishes["project"]))
    variables = {"engine": wishes["engine"], "timeout": os.environ.get(_TIMEOUT)}
    settings = load_settings(project, {name: value for name, value in variables.items() if value})
    stack = find_stack(project, os.environ.get(_STACK) or None, wiring.build_dependencies(reporter))
    desired = load_desired(project, settings, stack.own_names)
    like = _model(desired, wishes["like"])
    if address := os.environ.get(ADDRESS):
        served = _adopt(address, stack, desired, like)
        with undisturbed():  # as in a session of `run`: what was made is removed first
            yield served
        return
    with run_session(stack, desired, UpRequest(in_ci=in_ci(), any_port=True, must_stay=True)):
        yield _of_project(stack.require_serving(), desired, like)


def _model(desired: Desired, name: str | None) -> NamespaceSpec:
    """Return the declared namespace that those of tests are like: it may be that of every stack.

    Raises:
        SeedsInvalidError: There is none of that name.
    """
    wanted = name or desired.settings.namespace
    declared = {desired.names.written(spec.name): spec for spec in desired.seeds.of(NamespaceSpec)}
    if wanted not in declared:
        raise SeedsInvalidError(
            f'the namespace "{wanted}" is declared by no seed{did_you_mean(wanted, list(declared))}',
            place="temporal_namespace_like" if name else desired.settings.place_of("namespace"),
            hint="name one that seeds declare: those of the tests get its search attributes",
        )
    return declared[wanted]


def _of_project(now: Observation, desired: Desired, like: NamespaceSpec) -> Served:
    """Return the project's own stack, which is up."""
    stack, endpoints = now.stack, now.endpoints
    variables = client_variables(endpoints, desired.settings.namespace, now.record.addons, desired.names)
    if api_key := key_of_tests(now.record, stack.deps):
        variables[API_KEY] = api_key
    info = StackInfo(
        address=endpoints.grpc,
        namespace=desired.namespace,
        engine=now.engine.name,
        ui_url=endpoints.ui,
        env=variables,
        takes_dynamic_config=reads_file(now.engine),
        is_adopted=False,
    )
    store = store_of(now.engine.traits, now.record.visibility)
    config = NamespaceConfig(stack, desired.settings.stack_versions["temporal"])
    server = Server(
        connect=stack.connect,
        check=lambda seeds: check_fit(seeds, store, stack.deps.reporter, now.record.addon_names),
        like=like,
        timeout=desired.settings.timeout,
        clock=stack.deps.clock,
        reporter=stack.deps.reporter,
        config=config if info.takes_dynamic_config else None,
    )
    return Served(
        info, server, partial(goes_with_data, stack), lambda: stack.is_serving, partial(keep_up, stack)
    )


def _adopt(address: str, stack: Stack, desired: Desired, like: NamespaceSpec) -> Served:
    """Return the server that the environment names; `devenv run` names the project's own stack so."""
    own = stack.observe() if stack.is_serving else None
    if own is not None and own.endpoints.grpc == address:
        # Who set the variable has the stack: `devenv run` removes it when the tests are over, not before.
        return replace(_of_project(own, desired, like), is_serving=lambda: False)
    there = _from_environment(address)
    try:
        with wiring.connect_elsewhere(there) as gateway:
            gateway.cluster()
    except ServerUnreachableError as error:
        raise error.with_hint(_HINT) from error
    except DevenvError as error:
        raise error.with_details(f"{ADDRESS} names {address}") from error
    namespace = os.environ.get("TEMPORAL_NAMESPACE", desired.settings.namespace)
    info = StackInfo(
        address=address,
        namespace=namespace,
        engine=None,
        ui_url=None,
        env={ADDRESS: address, "TEMPORAL_NAMESPACE": namespace},
        takes_dynamic_config=False,
        is_adopted=True,
    )
    server = Server(
        connect=lambda: wiring.connect_elsewhere(there),
        check=lambda _: None,
        like=like,
        timeout=desired.settings.timeout,
        clock=stack.deps.clock,
        reporter=stack.deps.reporter,
    )
    return Served(info, server, lambda: False, lambda: True, lambda: None)


def _from_environment(address: str) -> Address:
    """Return how the variables of Temporal's envconfig describe the server."""

    def path(name: str) -> Path | None:
        value = os.environ.get(name)
        return Path(value) if value else None

    tls = os.environ.get("TEMPORAL_TLS")
    return Address(
        address=address,
        profile=os.environ.get("TEMPORAL_PROFILE"),
        config_file=path("TEMPORAL_CONFIG_FILE"),
        api_key=os.environ.get("TEMPORAL_API_KEY"),
        tls=None if tls is None else tls.lower() in {"1", "true"},
        tls_server_name=os.environ.get("TEMPORAL_TLS_SERVER_NAME"),
        tls_server_ca_cert_path=path("TEMPORAL_TLS_SERVER_CA_CERT_PATH"),
        tls_client_cert_path=path("TEMPORAL_TLS_CLIENT_CERT_PATH"),
        tls_client_key_path=path("TEMPORAL_TLS_CLIENT_KEY_PATH"),
    )
