"""Every failure devenv expects, with the code, exit status and way out that its user gets.

This module imports nothing from the package: errors are its bottom.

    DevenvError                     1   failed
    ├── InvalidInputError           3
    │   ├── SettingsInvalidError        settings-invalid
    │   ├── SeedsInvalidError           seeds-invalid
    │   ├── DynamicConfigInvalidError   dynamic-config-invalid
    │   ├── ConfigRefusedError          config-refused
    │   ├── OverlayInvalidError         overlay-invalid
    │   └── NameInvalidError            name-invalid
    ├── PrerequisiteError           4
    │   ├── DockerUnreachableError      docker-unreachable
    │   ├── DockerForbiddenError        docker-forbidden
    │   ├── DockerTooOldError           docker-too-old
    │   ├── ComposeMissingError         compose-missing
    │   ├── ComposeTooOldError          compose-too-old
    │   ├── RemoteEngineError           remote-engine
    │   ├── ImageUnavailableError       image-unavailable
    │   ├── EngineAwayError             engine-away
    │   └── TemporalBinaryError         temporal-binary
    ├── PortTakenError              5   port-taken
    ├── NotReadyError               6   not-ready
    ├── ConfigUnconfirmedError      6   config-unconfirmed
    ├── ServiceCrashedError         7   service-crashed
    ├── ConfirmationNeededError     9   confirmation-needed
    ├── NotRunningError             1   not-running
    ├── UnknownServiceError         1   unknown-service
    ├── UnknownNamespaceError       1   unknown-namespace
    ├── NamespaceExistsError        1   namespace-exists
    ├── NamespaceInUseError         1   namespace-in-use
    ├── FileExistsAlreadyError      1   file-exists
    ├── StackBusyError              1   stack-busy
    ├── StackNameTakenError         1   stack-name-taken
    ├── ServiceNotAppliedError      1   service-not-applied
    ├── CommandFailedError          1   command-failed
    ├── ServerRejectedError         1   server-rejected
    ├── ServerUnreachableError      1   server-unreachable
    ├── PermissionDeniedError       1   permission-denied
    └── ApplyIncompleteError        1   apply-incomplete
"""

from __future__ import annotations

import shlex
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class ExitCode(IntEnum):
    """What the process returns; stable, documented in the README."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    INVALID_INPUT = 3
    PREREQUISITE_MISSING = 4
    PORT_TAKEN = 5
    NOT_READY = 6
    SERVICE_CRASHED = 7
    DIFFERENT = 8
    CONFIRMATION_NEEDED = 9
    BUG = 70
    RUN_FAILED = 125
    RUN_NOT_FOUND = 127
    INTERRUPTED = 130
    TERMINATED = 143


class DevenvError(Exception):
    """A failure that devenv expects and can explain.

    `message` is one sentence without a final period, `details` the evidence (one line each),
    `hint` what to run or change next.
    """

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[ExitCode] = ExitCode.FAILURE

    def __init__(self, message: str, *, details: Sequence[str] = (), hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.hint = hint

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self.message, self.details, self.hint) == (other.message, other.details, other.hint)

    def __hash__(self) -> int:
        return hash((type(self), self.message, self.details, self.hint))


class InvalidInputError(DevenvError):
    """Something a person wrote cannot be used; the message begins with its place."""

    code = "invalid-input"
    exit_code = ExitCode.INVALID_INPUT

    def __init__(
        self,
        reason: str,
        *,
        place: str | Path | None = None,
        details: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        message = f"{place}: {reason}" if place is not None else reason
        super().__init__(message, details=details, hint=hint or self.default_hint)

    default_hint: ClassVar[str] = "correct the value and run the command again"


class SettingsInvalidError(InvalidInputError):
    """`devenv.toml`, `devenv.local.toml` or an option holds something devenv cannot use."""

    code = "settings-invalid"
    default_hint = "correct devenv.toml; every setting is listed in the README"


class SeedsInvalidError(InvalidInputError):
    """A file below `seeds/` declares something that cannot be applied."""

    code = "seeds-invalid"
    default_hint = "correct the seed file; the format is described in the README"


class DynamicConfigInvalidError(InvalidInputError):
    """A file below `dynamicconfig/` is not a dynamic config file."""

    code = "dynamic-config-invalid"
    default_hint = "correct the file; `devenv config lint` says all that is wrong, and what to write"


class ConfigRefusedError(InvalidInputError):
    """The Temporal server refuses the dynamic config as a whole, and goes on with what it had."""

    code = "config-refused"

    def __init__(self, reasons: Sequence[str], *, is_restored: bool) -> None:
        now = "its previous file is in place again" if is_restored else "it keeps the values that it had"
        super().__init__(
            f"The server refuses the dynamic config; {now}",
            details=reasons,
            hint="correct the file that the server complains about and run the command again",
        )


class OverlayInvalidError(InvalidInputError):
    """A Compose overlay asks for something a development stack must not have."""

    code = "overlay-invalid"
    default_hint = "keep mounts below the project, without privileged mode and the Docker socket"


class NameInvalidError(InvalidInputError):
    """A name given on the command line cannot be used."""

    code = "name-invalid"
    default_hint = "use letters, digits and dashes"


class PrerequisiteError(DevenvError):
    """Something outside devenv is missing or unsuitable."""

    code = "prerequisite-missing"
    exit_code = ExitCode.PREREQUISITE_MISSING


class DockerUnreachableError(PrerequisiteError):
    """No Docker engine answers."""

    code = "docker-unreachable"

    def __init__(self, evidence: Sequence[str] = ()) -> None:
        super().__init__(
            "No Docker engine answers",
            details=evidence,
            hint="start Docker, or run `devenv up --engine embedded`, which needs none",
        )


class DockerForbiddenError(PrerequisiteError):
    """The Docker engine is there, and this user may not talk to it."""

    code = "docker-forbidden"

    def __init__(self, evidence: Sequence[str] = ()) -> None:
        super().__init__(
            "The Docker engine refuses this user",
            details=evidence,
            hint="join the group `docker` and log in again, or run `devenv up --engine embedded`",
        )


class DockerTooOldError(PrerequisiteError):
    """The Docker engine lacks what the stack is built on."""

    code = "docker-too-old"

    def __init__(self, found: str, minimum: str) -> None:
        super().__init__(
            f"Docker Engine {found} is too old: the stack needs {minimum} or newer",
            hint="upgrade Docker, or run `devenv up --engine embedded`",
        )


class ComposeMissingError(PrerequisiteError):
    """The Docker client has no Compose plugin."""

    code = "compose-missing"

    def __init__(self, evidence: Sequence[str] = ()) -> None:
        super().__init__(
            "`docker compose` does not work here",
            details=evidence,
            hint="install the Docker Compose plugin, or run `devenv up --engine embedded`",
        )


class ComposeTooOldError(PrerequisiteError):
    """The Compose plugin lacks what the stack file uses."""

    code = "compose-too-old"

    def __init__(self, found: str, minimum: str) -> None:
        super().__init__(
            f"Docker Compose {found} is too old: the stack needs {minimum} or newer",
            hint="upgrade the Compose plugin, or run `devenv up --engine embedded`",
        )


class RemoteEngineError(PrerequisiteError):
    """Docker points to another machine, whose loopback ports nobody here could reach."""

    code = "remote-engine"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"Docker points to another machine ({address}); devenv publishes on 127.0.0.1 only",
            hint="unset DOCKER_HOST or choose a local context: `docker context use default`, or run "
            "`devenv up --engine embedded`, which needs no Docker",
        )


class ImageUnavailableError(PrerequisiteError):
    """An image is neither local nor can it be pulled."""

    code = "image-unavailable"

    def __init__(self, ref: str, *, setting: str, evidence: Sequence[str] = ()) -> None:
        super().__init__(
            f"Image {ref} is not available (chosen by the setting {setting})",
            details=evidence,
            hint="run `devenv images build` to build stand-ins, or set another version in devenv.toml",
        )


class EngineAwayError(PrerequisiteError):
    """The stack has data on an engine that cannot run now; `way_out` is what to do beside mending it."""

    code = "engine-away"

    def __init__(
        self,
        engine: str,
        where: str,
        cause: DevenvError,
        way_out: str = "a fresh stack beside it: `devenv up --stack NAME`",
    ) -> None:
        super().__init__(
            f"The data of this stack is on the {engine} engine ({where}), which is not available",
            details=[cause.message, *cause.details],
            hint=f"{cause.hint.split(', or')[0]}; {way_out}",
        )


class TemporalBinaryError(PrerequisiteError):
    """The Temporal CLI that the embedded engine runs is missing or has another version."""

    code = "temporal-binary"


class PortTakenError(DevenvError):
    """A port the stack must publish is held by somebody else; one that `was_free` got lost in the launch."""

    code = "port-taken"
    exit_code = ExitCode.PORT_TAKEN

    def __init__(self, port: int, setting: str, holder: str, *, was_free: bool = False) -> None:
        self.was_free = was_free
        super().__init__(
            f"Port {port} ({setting}) is taken by {holder}",
            hint=f"stop it, choose another port with `[ports] {setting}` in devenv.toml, "
            "or run `devenv up --any-port`",
        )


class NotReadyError(DevenvError):
    """The deadline passed before the stack was usable."""

    code = "not-ready"
    exit_code = ExitCode.NOT_READY

    def __init__(self, waited_s: float, missing: Sequence[str]) -> None:
        super().__init__(
            f"The stack was not ready after {waited_s:.0f} s",
            details=[f"still missing: {item}" for item in missing],
            hint="read `devenv logs`, or allow more time: `devenv up --timeout 5m`",
        )


class ConfigUnconfirmedError(DevenvError):
    """The server has not said in time that it took its dynamic config."""

    code = "config-unconfirmed"
    exit_code = ExitCode.NOT_READY

    def __init__(self, waited_s: float, file: str) -> None:
        super().__init__(
            f"The server has not said in {waited_s:.0f} s that it took its dynamic config",
            details=[f"it is written: {file}", "the server reads it when it next looks there, or starts"],
            hint="read `devenv logs temporal`, and run `devenv config apply` to make sure",
        )


class ServiceCrashedError(DevenvError):
    """A service of the stack ended by itself."""

    code = "service-crashed"
    exit_code = ExitCode.SERVICE_CRASHED

    def __init__(self, service: str, exit_status: int | None, log_tail: Sequence[str]) -> None:
        ended = "ended" if exit_status is None else f"ended with exit code {exit_status}"
        killed = " (137: killed, often for want of memory)" if exit_status == 137 else ""  # noqa: PLR2004
        super().__init__(
            f"The service {service} {ended}{killed}",
            details=log_tail,
            hint=f"read its whole log: `devenv logs {service}` after `devenv up --keep-on-failure`",
        )


class ConfirmationNeededError(DevenvError):
    """A destructive command needs a yes, and there is no terminal to ask on."""

    code = "confirmation-needed"
    exit_code = ExitCode.CONFIRMATION_NEEDED

    def __init__(self, what: str, *, details: Sequence[str] = ()) -> None:
        super().__init__(f"{what} needs a confirmation", details=details, hint="run it again with `--yes`")


class NotRunningError(DevenvError):
    """The command needs a running stack."""

    code = "not-running"

    def __init__(self, stack: str, hint: str | None = None) -> None:
        super().__init__(f"The stack {stack} is not running", hint=hint or "run `devenv up`")


class UnknownServiceError(DevenvError):
    """A service was named that the stack does not have."""

    code = "unknown-service"

    def __init__(self, name: str, existing: Sequence[str]) -> None:
        super().__init__(
            f"The stack has no service {name}", hint=f"name one of its services: {', '.join(existing)}"
        )


class UnknownNamespaceError(DevenvError):
    """A namespace was named that the server does not have."""

    code = "unknown-namespace"

    def __init__(
        self, name: str, guess: str = "", hint: str = "`devenv namespace list` shows all of them"
    ) -> None:
        super().__init__(f"The server has no namespace {name}{guess}", hint=hint)


class NamespaceExistsError(DevenvError):
    """A namespace that is to be created is there already."""

    code = "namespace-exists"

    def __init__(self, name: str, retention: str) -> None:
        super().__init__(
            f"The namespace {name} is there already, with a retention of {retention}",
            hint=f"look at it with `devenv namespace describe {name}`; to change it, declare it in seeds/ "
            "and run `devenv apply`",
        )


class NamespaceInUseError(DevenvError):
    """Nexus endpoints lead to a namespace that is to be deleted."""

    code = "namespace-in-use"

    def __init__(self, name: str, endpoints: Sequence[str]) -> None:
        command = f"devenv temporal operator nexus endpoint delete --name {endpoints[0]}"
        super().__init__(
            f"The namespace {name} is the target of the Nexus endpoint {', '.join(endpoints)}",
            hint=f"delete the endpoint first: `{command}`",
        )


class FileExistsAlreadyError(DevenvError):
    """A file that is to be written is there; nothing that people may have edited is overwritten."""

    code = "file-exists"

    def __init__(self, path: str, hint: str) -> None:
        super().__init__(f"{path} is there already, and is not overwritten", hint=hint)


class StackBusyError(DevenvError):
    """Another devenv process is changing the same stack."""

    code = "stack-busy"

    def __init__(self, stack: str, waited_s: float) -> None:
        super().__init__(
            f"Another devenv process has been changing the stack {stack} for {waited_s:.0f} s",
            hint="let it finish, or find it with `ps` and end it",
        )


class StackNameTakenError(DevenvError):
    """A stack of that name belongs to another project."""

    code = "stack-name-taken"

    def __init__(self, stack: str, project: str) -> None:
        super().__init__(
            f"The stack {stack} belongs to the project {project}",
            hint="choose another name with `--stack`, or work in that project with `--project`",
        )


class ServiceNotAppliedError(DevenvError):
    """The files of a new service are there, and the stack does not have what they declare."""

    code = "service-not-applied"

    def __init__(self, service: str, cause: DevenvError) -> None:
        super().__init__(
            f"The files of {service} are written, but were not applied",
            details=[cause.message, *cause.details],
            hint=f"{cause.hint}; then run `devenv up`, or take it back: `devenv remove-service {service}`",
        )


class CommandFailedError(DevenvError):
    """A program that devenv ran failed."""

    code = "command-failed"

    def __init__(self, what: str, command: Sequence[str], output: Sequence[str] = ()) -> None:
        details = [f"$ {shlex.join(command)}", *output] if command else list(output)
        super().__init__(what, details=details, hint="run `devenv doctor`")


class ServerRejectedError(DevenvError):
    """The Temporal server refused a request."""

    code = "server-rejected"

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, details=[reason], hint="read `devenv logs temporal`")


class ServerUnreachableError(DevenvError):
    """The Temporal server does not answer, or not to this client."""

    code = "server-unreachable"

    def __init__(self, address: str, reason: str, hint: str | None = None) -> None:
        super().__init__(
            f"The Temporal server on {address} does not answer",
            details=[reason],
            hint=hint or "run `devenv status`, and read `devenv logs temporal`",
        )


class PermissionDeniedError(DevenvError):
    """The Temporal server knows who asks, or does not, and says no."""

    code = "permission-denied"

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, details=[reason], hint="use an identity that may do this on that server")


class ApplyIncompleteError(DevenvError):
    """The server refused a part of what is declared; the rest that could be applied is."""

    code = "apply-incomplete"

    def __init__(self, refused: int, planned: int, reasons: Sequence[str]) -> None:
        super().__init__(
            f"{refused} of {planned} changes could not be applied",
            details=reasons,
            hint="correct what the server refused and run it again: it goes on where this one stopped",
        )
