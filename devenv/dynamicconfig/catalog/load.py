"""Catalogs by server version, from the data that comes with devenv."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.catalog.model import (
    Catalog,
    ConstrainedDefault,
    Precedence,
    Setting,
    Shape,
    ShapeKind,
    ValueType,
    read_data,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MINORS_OF_A_MAJOR = 1000
_COMPOUND = {"list": ShapeKind.LIST, "map": ShapeKind.MAP, "parsed": ShapeKind.PARSED}


@cache
def load_catalog(server_version: str) -> Catalog:
    """Return the settings of a server version, or of the nearest known version.

    The nearest is the last of the same minor version, then whichever is least far away.
    """
    covers = _nearest_version(server_version, covered_versions())
    settings = {each.key.lower(): each for each, versions in _all_settings() if covers in versions}
    return Catalog(server_version, covers, settings)


def covered_versions() -> tuple[str, ...]:
    """Return the server versions whose settings are known, the oldest first."""
    return tuple(read_data()["versions"])


@cache
def _all_settings() -> tuple[tuple[Setting, Sequence[str]], ...]:
    """Return every setting with the versions that have it so; most of them are the same in all."""
    every = covered_versions()
    return tuple((_to_setting(each), each.get("versions", every)) for each in read_data()["settings"])


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
    constrained = record.get("constrained", ())
    shape = record.get("shape")
    return Setting(
        key=record["key"],
        type=ValueType(record["type"]),
        precedence=Precedence(record["precedence"]),
        default=record["default"],
        default_stand_in=record.get("text"),
        description=record["description"],
        read=record["read"],
        shape=None if shape is None else _to_shape(shape),
        converter=record.get("converter"),
        constrained_defaults=tuple(
            ConstrainedDefault(one["constraints"], one["value"]) for one in constrained
        ),
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
