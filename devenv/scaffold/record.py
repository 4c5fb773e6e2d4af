"""What devenv wrote for a service, kept beside it: whoever has the files can tell what was changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import ValidationError

from devenv.errors import InvalidInputError
from devenv.files.strict import LAX, StrictModel
from devenv.files.text import TextError, read_bytes
from devenv.scaffold.names import Language

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.scaffold.render import Files

RECORD_FILE: Final = ".devenv-service.json"


class ServiceRecord(StrictModel):
    """How a service was made, and the digest of each of its files, relative to the root of the project."""

    schema_version: Literal[1] = 1
    name: str
    language: Annotated[Language, LAX]
    module: str
    files: Mapping[str, str]

    @classmethod
    def of(cls, name: str, language: Language, module: str, files: Files) -> ServiceRecord:
        """Return the record of a service that consists of `files`."""
        digests = {str(path): digest(data) for path, data in sorted(files.items())}
        return cls(name=name, language=language, module=module, files=digests)

    def to_bytes(self) -> bytes:
        """Return it as it is kept."""
        return self.model_dump_json(indent=2).encode() + b"\n"


def load_record(path: Path) -> ServiceRecord:
    """Return the record that is kept in `path`.

    Raises:
        InvalidInputError: It is not a record.
    """
    try:
        return ServiceRecord.model_validate_json(read_bytes(path))
    except (TextError, ValidationError) as error:
        raise InvalidInputError(
            "it does not hold the record of a service",
            place=path,
            hint="take it from your version control, or remove the service's files by hand",
        ) from error


def digest(data: bytes) -> str:
    """Return what tells these bytes from others."""
    return hashlib.sha256(data).hexdigest()
