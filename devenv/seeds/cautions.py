"""What can be declared, and hardly means what its writer thinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.files.placeholders import nothing_expands, placeholder_in
from devenv.seeds.cron_cautions import cautions_of_calendar, cautions_of_line
from devenv.seeds.schedule_spec import ScheduleSpec
from devenv.seeds.schedule_target import to_calendar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devenv.files.yaml_documents import KeyPath
    from devenv.seeds.declarations import Declaration


def cautions_of(declarations: Sequence[Declaration]) -> Iterator[str]:
    """Yield a sentence, with its place, for everything that is accepted and should be looked at again."""
    for declaration in declarations:
        yield from _placeholders(declaration)
        if isinstance(declaration.spec, ScheduleSpec):
            yield from _times(declaration, declaration.spec)


def _placeholders(declaration: Declaration) -> Iterator[str]:
    for path, text in _texts(declaration.data, ()):
        if placeholder := placeholder_in(text):
            yield (f"{declaration.place_of(*path)}: {nothing_expands(placeholder)}, it is taken as it stands")


def _texts(data: object, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text in `data`, keys too, and the way to it."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _texts(item, (*path, index))
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(key, (*path, key))
            yield from _texts(value, (*path, key))


def _times(declaration: Declaration, spec: ScheduleSpec) -> Iterator[str]:
    for index, line in enumerate(spec.cron):
        place = declaration.place_of("cron", index)
        yield from (f"{place}: {caution}" for caution in cautions_of_line(line))
    for index, calendar in enumerate(spec.calendar):
        place = declaration.place_of("calendar", index)
        yield from (f"{place}: the calendar {each}" for each in cautions_of_calendar(to_calendar(calendar)))
