"""Something that a person wrote cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from devenv.errors.base import DevenvError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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
    default_hint = "correct devenv.toml; docs/reference/settings.md lists every setting"


class DataVersionError(InvalidInputError):
    """A version in devenv.toml cannot go on with the data that the stack has."""

    code = "data-version"


class CertificateInvalidError(InvalidInputError):
    """The authority that signs the certificates of this user's stacks cannot sign."""

    code = "certificate-invalid"

    def __init__(self, file: Path, reason: str, directory: Path) -> None:
        super().__init__(
            reason,
            place=file,
            hint=f"put it right, or move {directory} away: the next `devenv up` makes another authority, and "
            "running clients need its certificate",
        )


class SharedStackError(InvalidInputError):
    """What this worktree declares for the whole stack cannot be so while another worktree uses it."""

    code = "shared-stack"

    def __init__(self, differences: Sequence[str], *, hint: str) -> None:
        first, *further = differences
        super().__init__(first, details=further, hint=hint)


class SeedsInvalidError(InvalidInputError):
    """A file below `seeds/` declares something that cannot be applied."""

    code = "seeds-invalid"
    default_hint = "correct the seed file; docs/seeds.md describes the format"


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


class AddonInvalidError(InvalidInputError):
    """An add-on is unknown, or its `addon.toml` or its use together with others is wrong."""

    code = "addon-invalid"
    default_hint = "docs/addons.md says what an add-on is made of; `devenv addons` lists those there are"


class NameInvalidError(InvalidInputError):
    """A name given on the command line cannot be used."""

    code = "name-invalid"
    default_hint = "use letters, digits and dashes"


class ExportDirectoryError(InvalidInputError):
    """A directory that `export` was told to write into cannot be used."""

    code = "export-directory"
    default_hint = "name a directory that you can write, or one that does not exist, with `--into`"


class QueryInvalidError(InvalidInputError):
    """The server does not take a visibility query."""

    code = "query-invalid"

    def __init__(self, query: str, reason: str) -> None:
        super().__init__(
            f"The server does not take the query {query}",
            details=[reason],
            hint="correct it; https://docs.temporal.io/list-filter says what a query can be",
        )


class ExportInvalidError(InvalidInputError):
    """What is declared cannot be exported, or an exported file is not what its reader takes."""

    code = "export-invalid"
    default_hint = "correct it; docs/kubernetes.md says what an export is made of"


class DirectoryGoneError(InvalidInputError):
    """The working directory was deleted while a shell stood in it."""

    code = "directory-gone"

    def __init__(self) -> None:
        super().__init__(
            "The working directory does not exist any more",
            hint="go to one that does; `devenv ls` names all stacks, `devenv down -s NAME` takes one away",
        )
