"""The Temporal CLI's presets (`temporal env`), which beat every variable that devenv can set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(".config", "temporalio", "temporal.yaml")
_DEFAULT_NAME = "default"
_NAME_VARIABLE = "TEMPORAL_ENV"

HINT = "use `devenv temporal`, `devenv run -- CMD`, or `temporal --env-file /dev/null`"
"""What reaches the stack all the same."""


@dataclass(frozen=True)
class Presets:
    """What the presets do to a `temporal` that is called without devenv; each address with its preset.

    `problem` says why every such call fails.
    """

    file: Path
    addresses: Mapping[str, str]
    others: tuple[str, ...] = ()
    problem: str | None = None

    def effect(self, own_address: str | None = None) -> str | None:
        """Return in one sentence what goes wrong, None if nothing does for who means `own_address`."""
        if self.problem:
            return f"{self.problem}; without devenv, every `temporal` fails"
        for name, address in self.addresses.items():
            if address != own_address:
                return (
                    f"{self.file} sends `temporal` to {address} (preset {name}), "
                    "whatever TEMPORAL_ADDRESS says"
                )
        if self.others:
            return f"{self.file} sets {', '.join(self.others)} for every `temporal`"
        return None


def read_presets(environment: Mapping[str, str]) -> Presets | None:
    """Return the presets that hold in `environment`; None without such a file.

    They are those of the name `default`, and of the one in TEMPORAL_ENV.
    """
    home = environment.get("HOME")
    if not home or not (file := Path(home) / _FILE).exists():
        return None
    try:
        data = _read(file)
    except InvalidInputError as error:
        return Presets(file, {}, problem=error.message)
    names = dict.fromkeys([environment.get(_NAME_VARIABLE) or _DEFAULT_NAME, _DEFAULT_NAME])
    chosen = {name: data[name] for name in names if isinstance(data.get(name), dict)}
    addresses = {name: str(preset["address"]) for name, preset in chosen.items() if preset.get("address")}
    others = sorted({str(key) for preset in chosen.values() for key in preset} - {"address", "namespace"})
    return Presets(file, addresses, tuple(others))


def _read(file: Path) -> dict[str, Any]:
    from devenv.files.yaml_documents import read_yaml  # noqa: PLC0415 - slow, and few have such a file

    document = read_yaml(file, InvalidInputError)
    presets = document.data.get("env") if isinstance(document.data, dict) else document.data
    if presets is None:
        return {}
    if not isinstance(presets, dict):
        raise InvalidInputError("does not hold presets by name", place=document.place(("env",)))
    return presets
