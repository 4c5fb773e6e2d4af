"""Something that a stack needs of the machine is missing or unsuitable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors.base import DevenvError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


class PrerequisiteError(DevenvError):
    """Something outside devenv is missing or unsuitable."""

    code = "prerequisite-missing"
    exit_code = ExitCode.PREREQUISITE_MISSING


class DockerUnreachableError(PrerequisiteError):
    """No Docker engine answers."""

    code = "docker-unreachable"

    def __init__(self, evidence: Sequence[str] = (), address: str | None = None, named_by: str = "") -> None:
        place = f" at {address}" if address else ""
        source = f", which {named_by} names" if address and named_by else ""
        hint = "start Docker"
        if named_by:
            away = "unset it" if named_by == "DOCKER_HOST" else "`docker context use default`"
            hint = f"start the engine that {named_by} names, or {away}"
        super().__init__(f"No Docker engine answers{place}{source}", details=evidence, hint=hint)


class DockerForbiddenError(PrerequisiteError):
    """The Docker engine is there, and this user may not talk to it."""

    code = "docker-forbidden"

    def __init__(self, evidence: Sequence[str] = ()) -> None:
        super().__init__(
            "The Docker engine refuses this user",
            details=evidence,
            hint="join the group `docker` and log in again",
        )


class DockerSlowError(PrerequisiteError):
    """The Docker engine is there, and has not answered in time."""

    code = "docker-slow"

    def __init__(self, evidence: Sequence[str] = ()) -> None:
        super().__init__(
            "The Docker engine does not answer in time",
            details=evidence,
            hint="see what keeps the engine or its disk busy (`docker info` should answer at once), "
            "then run the command again",
        )


class DockerTooOldError(PrerequisiteError):
    """The Docker engine lacks what the stack is built on."""

    code = "docker-too-old"

    def __init__(self, found: str, minimum: str) -> None:
        super().__init__(
            f"Docker Engine {found} is too old: the stack needs {minimum} or newer",
            hint="upgrade Docker",
        )


class ComposeMissingError(PrerequisiteError):
    """The Docker client has no Compose plugin, or, where there is no other evidence, is not there."""

    code = "compose-missing"

    def __init__(self, evidence: Sequence[str] = ("the command `docker` is not on PATH",)) -> None:
        super().__init__(
            "`docker compose` does not work here",
            details=evidence,
            hint="install the Docker Compose plugin",
        )


class ComposeTooOldError(PrerequisiteError):
    """The Compose plugin lacks what the stack file uses."""

    code = "compose-too-old"

    def __init__(self, found: str, minimum: str) -> None:
        super().__init__(
            f"Docker Compose {found} is too old: the stack needs {minimum} or newer",
            hint="upgrade the Compose plugin",
        )


class RemoteEngineError(PrerequisiteError):
    """Docker points to another machine, whose loopback ports nobody here could reach."""

    code = "remote-engine"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"Docker points to another machine ({address}); devenv publishes on 127.0.0.1 only",
            hint="unset DOCKER_HOST or choose a local context: `docker context use default`",
        )


class ImageUnavailableError(PrerequisiteError):
    """An image is neither local nor can it be pulled."""

    code = "image-unavailable"

    def __init__(
        self, ref: str, *, setting: str, evidence: Sequence[str] = (), hint: str | None = None
    ) -> None:
        super().__init__(
            f"Image {ref} is not available (chosen by the setting {setting})",
            details=evidence,
            hint=hint
            or "run `devenv images build` to build stand-ins, or set another version in devenv.toml",
        )


class ImageBuildError(DevenvError):
    """A stand-in could not be built."""

    code = "image-build-failed"

    def __init__(self, ref: str, *, setting: str, evidence: Sequence[str]) -> None:
        super().__init__(
            f"The image {ref} could not be built",
            details=evidence,
            hint=f"see that the version of `{setting}` exists and that the package registries answer, "
            "then run `devenv images build` again: it goes on from here",
        )


class WrongPlatformError(PrerequisiteError):
    """DOCKER_DEFAULT_PLATFORM asks for images of another kind of machine than the local ones."""

    code = "wrong-platform"

    def __init__(self, wanted: str, ref: str, found: str) -> None:
        super().__init__(
            f"DOCKER_DEFAULT_PLATFORM={wanted} makes Docker refuse the local image {ref}, which is {found}",
            hint="unset DOCKER_DEFAULT_PLATFORM",
        )


class AddonNeedsEngineError(PrerequisiteError):
    """An add-on was asked for that the engine of the stack cannot run."""

    code = "addon-needs-engine"

    def __init__(self, addon: str, engine: str, needed: str) -> None:
        super().__init__(
            f"The add-on {addon} does not run on the {engine} engine",
            hint=f"run `devenv up --engine {needed} --with {addon}`",
        )


class UnknownEngineError(PrerequisiteError):
    """A stack is recorded on an engine that this devenv does not have."""

    code = "unknown-engine"

    def __init__(self, engine: str, known: Sequence[str]) -> None:
        super().__init__(
            f'The stack is on the engine "{engine}", which this devenv does not have '
            f"(it has {', '.join(known)})",
            hint="use the devenv that brought the stack up, or another stack: `--stack NAME`",
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
            hint=f"{cause.hint}; {way_out}",
        )


class DataDamagedError(PrerequisiteError):
    """The stack's data is there, and no server can work with it any more."""

    code = "data-damaged"

    def __init__(self, file: str, problems: Sequence[str]) -> None:
        super().__init__(
            f"The stack's data is damaged: {file}",
            details=problems,
            hint="`devenv down --volumes` deletes it, and the next `devenv up` begins anew; "
            "if you have a copy of the file, put it there instead",
        )


class TemporalBinaryError(PrerequisiteError):
    """The Temporal CLI that the embedded engine runs is missing or has another version."""

    code = "temporal-binary"
