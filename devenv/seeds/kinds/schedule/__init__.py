"""Schedules: workflows that the server starts by the clock."""

from __future__ import annotations

import shlex
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from devenv.files.sentences import described, did_you_mean
from devenv.seeds.attributes import is_value_of
from devenv.seeds.changes import Change
from devenv.seeds.importer import objection
from devenv.seeds.kinds.kind import Kind
from devenv.seeds.kinds.namespace import NAMESPACES, NamespaceSpec, usable_namespaces
from devenv.seeds.kinds.schedule.cautions import cautions_of_calendar, cautions_of_line
from devenv.seeds.kinds.schedule.convert import to_calendar, to_schedule
from devenv.seeds.kinds.schedule.diff import MEMO, differences, times_of, words
from devenv.seeds.kinds.schedule.importer import inexpressible, schedule_item
from devenv.seeds.kinds.schedule.spec import ScheduleSpec
from devenv.seeds.seed_model import Key
from devenv.temporal.protocol import Action
from devenv.temporal.schedules import Schedule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from devenv.seeds.attributes import SearchAttributeType
    from devenv.seeds.importer import ImportResult, ImportSource
    from devenv.seeds.load import Declaration
    from devenv.seeds.seeds import Observed, Seeds
    from devenv.temporal.protocol import Gateway


class Schedules(Kind[Schedule]):
    """Schedules, compared by meaning: `*/15` and `0,15,30,45` are the same times."""

    name = "schedule"
    title = "schedule"
    section = "schedules"
    model = ScheduleSpec

    def check(self, declarations: Sequence[Declaration]) -> Iterator[str]:
        """Yield the search attributes of a schedule that its namespace lacks, or has of another type."""
        namespaces: dict[str, dict[str, SearchAttributeType]] = {}
        for each in declarations:
            if isinstance(each.spec, NamespaceSpec):
                namespaces.setdefault(each.spec.name, {}).update(each.spec.search_attributes)
        for declaration in declarations:
            spec = declaration.spec
            if not isinstance(spec, ScheduleSpec) or spec.namespace not in namespaces:
                continue
            for section in ("search_attributes", "schedule_search_attributes"):
                for name, value in getattr(spec, section).items():
                    problem = _value_problem(name, value, namespaces[spec.namespace], spec.namespace)
                    if problem:
                        yield f"{declaration.place_of(section, name)}: {problem}"

    def cautions(self, declaration: Declaration) -> Iterator[str]:
        spec = declaration.spec
        assert isinstance(spec, ScheduleSpec)
        for index, line in enumerate(spec.cron):
            place = declaration.place_of("cron", index)
            yield from (f"{place}: {caution}" for caution in cautions_of_line(line))
        for index, calendar in enumerate(spec.calendar):
            place = declaration.place_of("calendar", index)
            yield from (
                f"{place}: the calendar {each}" for each in cautions_of_calendar(to_calendar(calendar))
            )

    def observe(
        self, gateway: Gateway, seeds: Seeds, server: Observed, undeclared_in: Collection[str] | None
    ) -> Mapping[Key, Schedule]:
        specs = seeds.of(ScheduleSpec)
        declared = [(spec.namespace, spec.id) for spec in specs if spec.namespace in server.namespaces]
        others = gateway.schedule_ids(undeclared_in) if undeclared_in is not None else ()
        wanted = list(dict.fromkeys([*declared, *others]))
        return {Key(*key): found for key, found in gateway.describe_schedules(wanted).items()}

    def changes(self, seeds: Seeds, observed: Observed) -> Iterator[Change]:
        for spec in seeds.of(ScheduleSpec):
            schedule, found = to_schedule(spec), observed.of(self).get(spec.key)
            if found is None:
                yield self.creation(spec, "times", times_of(schedule))
            elif found.unreadable:
                reason = "the server cannot describe it"
                yield Change(Action.UPDATE, self, spec.key, "state", found, schedule, reason, spec)
            else:
                for change in self.updates(spec, differences(schedule, found)):
                    yield _with_obstacle(change, is_stack=observed.is_stack)

    def removals(self, seeds: Seeds, observed: Observed) -> Iterator[Change]:
        declared = {spec.key for spec in seeds.of(ScheduleSpec)}
        # A namespace that goes takes its schedules along.
        kept = {spec.name for spec in seeds.of(NamespaceSpec)}
        for key in observed.of(self):
            if key not in declared and key.namespace in kept:
                yield self.deletion(key)

    def target(self, changes: Sequence[Change]) -> Schedule:
        change = changes[0]
        if change.spec:
            return to_schedule(change.spec)
        return Schedule(change.namespace or "", change.name, workflow="", workflow_id="", task_queue="")

    def words(self, field: str, value: Any) -> str:
        return words(field, value)

    def import_objects(self, source: ImportSource, result: ImportResult) -> None:
        declared = {spec.key for spec in source.declared.of(ScheduleSpec)}
        usable = usable_namespaces(source, result)
        for key, schedule in sorted(source.observed.of(self).items()):
            if key in declared or schedule.namespace not in source.chosen:
                continue
            reason = _objection(schedule, usable, _declared_attributes(source, result, schedule))
            if reason:
                result.skip(self, key, reason)
            else:
                result.add(self, schedule_item(schedule))


SCHEDULES = Schedules()


def _value_problem(
    name: str, value: object, known: Mapping[str, SearchAttributeType], namespace: str
) -> str | None:
    if name not in known:
        guess = did_you_mean(name, known)
        return f'the namespace "{namespace}" declares no search attribute "{name}"{guess}'
    kind = known[name]
    if is_value_of(kind, value):
        return None
    return f"expected a value of type {kind} for the search attribute {name}, found {described(value)}"


def _with_obstacle(change: Change, *, is_stack: bool) -> Change:
    if change.field != MEMO:
        return change
    command = f"devenv temporal schedule delete -n {change.namespace} -s {shlex.quote(change.name)}"
    deletion = f"delete it with `{command}`" if is_stack else "delete it there"
    what = f"schedule {change.name} in {change.namespace} has another memo"
    obstacle = f"{what}; no server changes that of a schedule: {deletion}, and apply again"
    return replace(change, obstacle=obstacle)


def _declared_attributes(source: ImportSource, result: ImportResult, schedule: Schedule) -> set[str]:
    """Return the search attributes that the namespace of `schedule` declares, or will."""
    specs = (*source.declared.of(NamespaceSpec), *source.shipped.of(NamespaceSpec))
    declared = (spec.search_attributes for spec in specs if spec.name == schedule.namespace)
    items = (item for item in result.items(NAMESPACES.section) if item["name"] == schedule.namespace)
    return set(chain(*declared, *(item.get("search_attributes", {}) for item in items)))


def _objection(schedule: Schedule, usable: Collection[str], attributes: Collection[str]) -> str | None:
    if schedule.namespace not in usable:
        return f"the namespace {schedule.namespace} is left out"
    undeclared = {*schedule.search_attributes, *schedule.schedule_search_attributes}.difference(attributes)
    if undeclared:
        return f"{schedule.namespace} declares no search attribute {', '.join(sorted(undeclared))}"
    return inexpressible(schedule) or objection(
        ScheduleSpec, schedule_item(schedule), lambda spec: to_schedule(spec) == schedule
    )
