"""Dynamic config files that nobody would write by hand: valid ones from the catalog, then spoilt at random.

The same seed makes the same files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config_samples import (
    LINES_OF_TROUBLE,
    ODD_CONSTRAINTS,
    ODD_SHAPES,
    ODD_STRUCTURES,
    ODD_VALUES,
    OF_CONVERTER,
    OF_SHAPE,
    SCALARS,
    VALID_CONSTRAINTS,
)

from devenv.dynamicconfig.catalog.model import Setting, Shape, ShapeKind, ValueType

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from devenv.dynamicconfig.catalog.model import Catalog


class FileMaker:
    """Makes files for one catalog."""

    def __init__(self, catalog: Catalog, random: Random) -> None:
        self._settings = sorted(catalog.settings.values(), key=lambda each: each.key)
        self._structures = [each for each in self._settings if each.type is ValueType.STRUCTURE]
        self._random = random

    def valid(self) -> str:
        """Return a file with one to three keys, of which the server takes everything."""
        settings = self._random.sample(self._settings, self._random.randint(1, 2))
        if self._random.random() < 0.5:
            settings.append(self._random.choice(self._structures))
        return "".join(self._entry(each) for each in {each.key: each for each in settings}.values())

    def spoilt(self) -> str:
        """Return a file with a fault or two, most of the time."""
        spoil: list[Callable[[], str]] = [
            self._odd_value,
            self._odd_value,
            self._odd_constraint,
            self._odd_constraint,
            self._odd_structure,
            self._odd_structure,
            self._odd_key,
            self._odd_shape,
        ]
        text = "".join(self._random.choice(spoil)() for _ in range(self._random.randint(1, 2)))
        if self._random.random() < 0.5:
            text += self.valid()
        return self._torn(text) if self._random.random() < 0.3 else text

    def _entry(self, setting: Setting, value: str | None = None, constraints: str | None = None) -> str:
        key = setting.key if self._random.random() < 0.8 else setting.key.upper()
        if self._random.random() < 0.1:
            key = f'"{key}"'
        given = self._value(setting) if value is None else value
        held = self._constraints(setting) if constraints is None else constraints
        if not held:
            return f"{key}:\n  - value: {given}\n"
        return f"{key}:\n  - value: {given}\n    constraints: {{{held}}}\n"

    def _constraints(self, setting: Setting) -> str:
        names = self._random.choice(setting.precedence.constraint_sets)
        spelled = (name if self._random.random() < 0.7 else name.lower() for name in sorted(names))
        return ", ".join(f"{name}: {self._random.choice(_values_of(name))}" for name in spelled)

    def _value(self, setting: Setting) -> str:
        if setting.type is not ValueType.STRUCTURE:
            return self._random.choice(SCALARS[setting.type])
        of_converter = OF_CONVERTER.get(setting.converter or "")
        if of_converter:
            return self._random.choice(of_converter)
        return self._shaped(setting.shape) if setting.shape else "{}"

    def _shaped(self, shape: Shape) -> str:
        if shape.kind is ShapeKind.STRUCT:
            names = self._random.sample(
                sorted(shape.fields), min(len(shape.fields), self._random.randint(0, 4))
            )
            pairs = (f"{self._cased(name)}: {self._shaped(shape.fields[name])}" for name in names)
            return f"{{{', '.join(pairs)}}}"
        if shape.kind is ShapeKind.LIST and shape.element:
            return f"[{', '.join(self._shaped(shape.element) for _ in range(self._random.randint(0, 2)))}]"
        if shape.kind is ShapeKind.MAP and shape.element:
            return f"{{k: {self._shaped(shape.element)}}}"
        return self._random.choice(OF_SHAPE[shape.kind])

    def _cased(self, name: str) -> str:
        return self._random.choice((name, name, name.lower(), name[0].lower() + name[1:]))

    def _odd_value(self) -> str:
        return self._entry(self._random.choice(self._settings), value=self._random.choice(ODD_VALUES))

    def _odd_constraint(self) -> str:
        odd = self._random.sample(ODD_CONSTRAINTS, self._random.randint(1, 3))
        return self._entry(self._random.choice(self._settings), constraints=", ".join(odd))

    def _odd_structure(self) -> str:
        setting = self._random.choice(self._structures)
        if setting.shape is None or setting.shape.kind is not ShapeKind.STRUCT or self._random.random() < 0.3:
            return self._entry(setting, value=self._random.choice(ODD_STRUCTURES))
        names = [*setting.shape.fields, "Unknown", "enabled_", "1", "~"]
        name = self._cased(self._random.choice(names))
        odd = self._random.choice((*ODD_VALUES, *ODD_STRUCTURES))
        more = self._random.choice(
            ("", ", Window: 1s", ", enabled: true", ", MaxRate: 5", ", Min: -1", ", Extra: 1")
        )
        return self._entry(setting, value=f"{{{name}: {odd}{more}}}")

    def _odd_key(self) -> str:
        key = self._random.choice(self._settings).key
        at = self._random.randrange(len(key))
        odd = self._random.choice(
            (
                key[:at] + key[at + 1 :],
                f"{key}x",
                key.replace(".", "_", 1),
                "1",
                "~",
                "true",
                "''",
                "[a]",
                "{a: b}",
                "? x",
            )
        )
        return f"{odd}:\n  - value: 1\n"

    def _odd_shape(self) -> str:
        key = self._random.choice(self._settings).key
        return self._random.choice(ODD_SHAPES).replace("KEY", key)

    def _torn(self, text: str) -> str:
        lines = text.splitlines()
        at = self._random.randrange(len(lines))
        match self._random.randrange(6):
            case 0:
                lines.insert(at, self._random.choice(LINES_OF_TROUBLE))
            case 1:
                lines[at] = " " + lines[at]
            case 2:
                lines.insert(at, lines[at])
            case 3:
                cut = self._random.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:cut] + lines[at][cut + 1 :]
            case 4:
                cut = self._random.randrange(len(lines[at]) + 1)
                lines[at] = (
                    lines[at][:cut] + self._random.choice("\t:'\"-#&*!|>{}[],%@`? é\x07") + lines[at][cut:]
                )
            case _:
                del lines[at]
        return self._random.choice(("\n", "\n", "\r\n")).join([*lines, ""])


def _values_of(name: str) -> tuple[str, ...]:
    return next(values for each, values in VALID_CONSTRAINTS.items() if each.lower() == name.lower())
