"""What a Temporal server refuses, or does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors.base import DevenvError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


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


class UnknownNamespaceError(DevenvError):
    """A namespace was named that the server does not have."""

    code = "unknown-namespace"

    def __init__(
        self, name: str, guess: str = "", hint: str = "`devenv namespace list` shows all of them"
    ) -> None:
        super().__init__(f"The server has no namespace {name}{guess}", hint=hint)


class UnknownWorkflowError(DevenvError):
    """A workflow, or a run of it, was named that the server does not have."""

    code = "unknown-workflow"

    def __init__(self, workflow_id: str, run_id: str, namespace: str) -> None:
        run = f" with a run {run_id}" if run_id else ""
        super().__init__(
            f"The namespace {namespace} has no workflow {workflow_id}{run}",
            hint=f"`devenv temporal workflow list -n {namespace}` shows all of them; closed ones are deleted "
            "after the retention of their namespace",
        )


class HistoriesIncompleteError(DevenvError):
    """Not every history that was asked for could be read and written."""

    code = "histories-incomplete"

    def __init__(self, problems: Sequence[str], asked_for: int) -> None:
        super().__init__(
            f"{len(problems)} of {asked_for} histories are missing",
            details=problems,
            hint="`--force` overwrites files that have something else",
        )


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


class ServerRejectedError(DevenvError):
    """The Temporal server refused a request."""

    code = "server-rejected"

    def __init__(
        self, what: str, reason: str, hint: str | None = None, *, further: Sequence[str] = ()
    ) -> None:
        super().__init__(what, details=[reason, *further], hint=hint or "read `devenv logs temporal`")


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
