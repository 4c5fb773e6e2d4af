"""Catalogs by server version, from the data that comes with devenv."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.catalog.data import read_data
from devenv.dynamicconfig.catalog.model import (
    Catalog,
    ConstrainedDefault,
    Precedence,
    Setting,
    Shape,
    ShapeKind,
    ValueType,
)
from devenv.dynamicconfig.catalog.text import default_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MINORS_OF_A_MAJOR = 1000
_COMPOUND = {"list": ShapeKind.LIST, "map": ShapeKind.MAP, "parsed": ShapeKind.PARSED}


@cache
def load_catalog(server_version: str) -> Catalog:
    """Return the settings of a server version; of the nearest one that is known, if it is not.

    The nearest is the last of the same minor version, then whichever is least far away.
    """
    data = read_data()
    covers = _nearest_version(server_version, data["versions"])
    records = (record for record in data["settings"] if covers in record.get("versions", (covers,)))
    settings = {record["key"].lower(): _to_setting(record) for record in records}
    return Catalog(server_version, covers, settings)


def covered_versions() -> tuple[str, ...]:
    """Return the server versions whose settings are known, the oldest first."""
    return tuple(read_data()["versions"])


def _nearest_version(wanted: str, covered: Sequence[str]) -> str:
    if wanted in covered:
        return wanted
    return min(covered, key=lambda version: _distance(_numbers(wanted), _numbers(version)))


def _distance(wanted: tuple[int, int, int], covered: tuple[int, int, int]) -> tuple[int, int]:
    """Return how many minor versions lie between, and what puts a later patch of the same one first."""
    apart = (wanted[0] - covered[0]) * _MINORS_OF_A_MAJOR + wanted[1] - covered[1]
    return abs(apart), -covered[2]


def _numbers(version: str) -> tuple[int, int, int]:
    parts = [int(part) for part in version.split(".") if part.isdecimal()]
    major, minor, patch = (*parts, 0, 0, 0)[:3]
    return major, minor, patch


def _to_setting(record: Mapping[str, Any]) -> Setting:
    value_type = ValueType(record["type"])
    constrained = tuple(
        ConstrainedDefault(found["constraints"], found["value"]) for found in record.get("constrained", ())
    )
    shape = record.get("shape")
    return Setting(
        key=record["key"],
        type=value_type,
        precedence=Precedence(record["precedence"]),
        default=record["default"],
        default_text=default_text(record["default"], record.get("text"), constrained),
        description=record["description"],
        read=record["read"],
        shape=None if shape is None else _to_shape(shape),
        converter=record.get("converter"),
        constrained_defaults=constrained,
    )


def _to_shape(written: str | Mapping[str, Any]) -> Shape:
    if isinstance(written, str):
        return Shape(ShapeKind(written))
    if "fields" in written:
        fields = {name: _to_shape(shape) for name, shape in written["fields"].items()}
        return Shape(ShapeKind.STRUCT, fields=fields)
    if "enum" in written:
        return Shape(ShapeKind.ENUM, names=tuple(written["enum"]))
    (kind,) = written.keys() & _COMPOUND.keys()
    return Shape(_COMPOUND[kind], element=_to_shape(written[kind]))
