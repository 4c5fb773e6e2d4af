"""What goes wrong with a stack, or stands in its way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from devenv.errors.base import DevenvError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

# What is proposed to who had no patience; who had more is told twice what they had.
LEAST_TIMEOUT_MINUTES = 5


class NotReadyError(DevenvError):
    """The deadline passed before the stack was usable."""

    code = "not-ready"
    exit_code = ExitCode.NOT_READY

    def __init__(self, waited_s: float, missing: Sequence[str]) -> None:
        minutes = max(LEAST_TIMEOUT_MINUTES, math.ceil(2 * waited_s / 60))
        super().__init__(
            f"The stack was not ready after {waited_s:.0f} s",
            details=[f"still missing: {item}" for item in missing],
            hint=f"read the logs, or allow more time: `devenv up --timeout {minutes}m`",
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
            hint="read its whole log; `devenv up --keep-on-failure` leaves everything there to look into",
        )


class PasswordLostError(DevenvError):
    """Data is there, and the password that it was made with is nowhere."""

    code = "password-lost"
    exit_code = ExitCode.PREREQUISITE_MISSING

    def __init__(self, file: str, looked_in: Sequence[str]) -> None:
        super().__init__(
            "The password of the database is lost, and its data opens with no other",
            details=[f"it should be in {file}", *(f"it is not in {place}, either" for place in looked_in)],
            hint=f"put back the file {file}, for instance from a backup, or delete the data: "
            "`devenv down --volumes`, then `devenv up`",
        )


class SecretsDamagedError(DevenvError):
    """The file that has the secrets of the add-ons of a stack cannot be read."""

    code = "secrets-damaged"
    exit_code = ExitCode.PREREQUISITE_MISSING

    def __init__(self, file: str) -> None:
        super().__init__(
            f"{file} should have the secrets of the stack's add-ons, and is not what devenv wrote",
            hint="put it back, for instance from a backup, or delete it: the next `devenv up` makes new ones",
        )


class SecretsReadableError(DevenvError):
    """Others than the owner may read the file that has the secrets of the add-ons of a stack."""

    code = "secrets-readable"
    exit_code = ExitCode.PREREQUISITE_MISSING

    def __init__(self, file: str) -> None:
        super().__init__(
            f"{file} has keys and passwords, and others on this machine may read it",
            hint=f"`chmod 600 {file}`; if somebody may have read it, delete it: "
            "the next `devenv up` makes new secrets",
        )


class NoLoginError(DevenvError):
    """The stack asks nobody for a login."""

    code = "no-login"

    def __init__(self, stack: str) -> None:
        super().__init__(
            f"The stack {stack} asks nobody for a login: whoever has its address may do everything",
            hint="run `devenv up --with login`",
        )


class UnknownUserError(DevenvError):
    """Nobody of that name can log in."""

    code = "unknown-user"

    def __init__(self, user: str, guess: str, users: Sequence[str], *, hint: str) -> None:
        known = ", ".join(users)
        details = [f"those that there are: {known}"] if known else ["there is none"]
        super().__init__(f'There is no user "{user}"{guess}', details=details, hint=hint)


class PasswordRefusedError(DevenvError):
    """The database does not accept the password that is kept for it."""

    code = "password-refused"
    exit_code = ExitCode.SERVICE_CRASHED

    def __init__(self, file: str, evidence: str) -> None:
        super().__init__(
            f"The database refuses the password in {file}",
            details=[evidence, "its data was made with another password"],
            hint=f"put back the password that was in {file}, or delete the data: `devenv down --volumes`, "
            "then `devenv up`",
        )


class ConfirmationNeededError(DevenvError):
    """A destructive command needs a yes, and there is no terminal to ask on."""

    code = "confirmation-needed"
    exit_code = ExitCode.CONFIRMATION_NEEDED

    def __init__(self, what: str, *, details: Sequence[str] = ()) -> None:
        super().__init__(f"{what} needs a confirmation", details=details, hint="run it again with `--yes`")


class TrustNeededError(DevenvError):
    """Compose files of a project can do more than is harmless, and their user has not said yes to it."""

    code = "trust-needed"
    exit_code = ExitCode.CONFIRMATION_NEEDED

    def __init__(self, permissions: Sequence[str], trusted: str, *, wrong: str | None = None) -> None:
        self.permissions = tuple(permissions)
        self.hash = trusted
        reason = "" if wrong is None else f" with the hash {trusted}, not {wrong}"
        super().__init__(
            f"The Compose files of this project need your trust{reason}",
            details=[*permissions, f"hash: {trusted}"],
            hint="read what they can do and run `devenv trust` (`--with NAME` for an add-on that is off); "
            f"where nobody can be asked: `devenv up --trust {trusted}`",
        )


class NotRunningError(DevenvError):
    """The command needs a running stack; one that `is_partly_up` lacks the server."""

    code = "not-running"

    def __init__(self, stack: str, hint: str | None = None, *, is_partly_up: bool = False) -> None:
        what = f"The server of the stack {stack}" if is_partly_up else f"The stack {stack}"
        super().__init__(f"{what} is not running", hint=hint or "run `devenv up`")


class UnknownServiceError(DevenvError):
    """A service was named that the stack does not have."""

    code = "unknown-service"

    def __init__(self, name: str, existing: Sequence[str], reason: str | None = None) -> None:
        super().__init__(
            reason or f"The stack has no service {name}",
            hint=f"name one of its services: {', '.join(existing)}",
        )


class FileExistsAlreadyError(DevenvError):
    """A file that is to be written is there; nothing that people may have edited is overwritten."""

    code = "file-exists"

    def __init__(self, path: str, hint: str) -> None:
        super().__init__(f"{path} is there already, and is not overwritten", hint=hint)


class DevRunningError(DevenvError):
    """Another `devenv dev` runs the services of the same stack."""

    code = "dev-running"

    def __init__(self, stack: str, pid: str) -> None:
        who = f", process {pid}" if pid.isdigit() else ""
        super().__init__(
            f"Another `devenv dev` runs services of the stack {stack}{who}",
            hint="go on there, or end it with Ctrl-C",
        )


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


class StackElsewhereError(DevenvError):
    """The stack runs, and was brought up with another state directory, as of another XDG_STATE_HOME."""

    code = "stack-elsewhere"

    def __init__(self, stack: str, directory: str) -> None:
        super().__init__(
            f"The stack {stack} was brought up with another state directory, and runs: {directory}",
            hint="use it with the XDG_STATE_HOME of then, choose another name with `--stack`, "
            "or take it away: `devenv down`",
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


class ComposeProjectTakenError(DevenvError):
    """Another Compose project, which is none of devenv's, has the name of the stack."""

    code = "compose-project-taken"

    def __init__(self, name: str, things: Sequence[str]) -> None:
        super().__init__(
            f"Another Compose project is called {name} like this stack",
            details=[f"not of this stack: {thing}" for thing in things],
            hint="choose another name with `--stack NAME`; nothing was changed",
        )
