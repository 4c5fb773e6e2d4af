"""The add-ons of a stack: which are on, what the Compose file is filled in with, and what is recorded.

Their settings and ports are read by devenv/project/addon_toml.py;
devenv/stack/steps/addons.py calls their code.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from devenv.addons import AddonContext
from devenv.engines.packages import traits_of
from devenv.errors import AddonInvalidError, AddonNeedsEngineError, InvalidInputError
from devenv.events import warn
from devenv.files.sentences import did_you_mean
from devenv.files.toml_layers import shown_path
from devenv.overlays.addon_files import load_addon
from devenv.project.access import Access
from devenv.project.addon_reading import find_addons
from devenv.project.addon_toml import DEFINITION, HEALTHY
from devenv.project.secrets import keep_secrets, readable_secrets
from devenv.project.services import PORTS, Ports, port_variable
from devenv.project.state import RecordedAddon, RecordedPage
from devenv.registry import ENGINES
from devenv.stack.addon_needs import check_not_off, needed_alone, with_needed
from devenv.stack.records import identity_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from devenv.addons import AddonModule
    from devenv.engines.protocol import Engine, EngineTraits, StackIdentity
    from devenv.events import Reporter
    from devenv.project.addon_toml import Addon
    from devenv.project.settings import Settings
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.stack import Stack

# Without Compose files there is nothing to add.
NEEDED_TRAIT = "takes_overlays"


@dataclass(frozen=True)
class AddonPlan:
    """The add-ons of a stack: those that are `on`, and those its engine cannot run, each with a sentence.

    `needed_by` are those that are on because others need them, each with these others. `choices` are what
    `--with` and `--without` have said of this stack so far, `asked` those of this command.
    """

    on: tuple[Addon, ...] = ()
    needed_by: Mapping[str, Sequence[str]] = field(default_factory=dict)
    left_out: tuple[RecordedAddon, ...] = ()
    choices: Mapping[str, bool] = field(default_factory=dict)
    asked: Collection[str] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all of them."""
        return (*(addon.name for addon in self.on), *(addon.name for addon in self.left_out))

    def on_engine(self, engine: Engine, reporter: Reporter) -> AddonPlan:
        """Return the plan without what `engine` cannot run, which is said.

        Raises:
            AddonNeedsEngineError: This command asked for one of those.
        """
        kept, left_out = [], []
        for addon in self.on:
            if _runs_on(addon, engine.traits):
                kept.append(addon)
                continue
            needed = next(name for name in ENGINES if _runs_on(addon, traits_of(name)))
            if addon.name in self.asked:
                raise AddonNeedsEngineError(addon.name, engine.name, needed)
            sentence = f"the add-on {addon.name}, which needs `devenv up --engine {needed}`"
            warn(reporter, f"the {engine.name} engine leaves out {sentence}")
            left_out.append(RecordedAddon(name=addon.name, lacks=sentence))
        return replace(self, on=tuple(kept), left_out=tuple(left_out))

    def recorded(
        self, ports: Ports, access: Mapping[str, Access], secrets: Mapping[str, str]
    ) -> tuple[RecordedAddon, ...]:
        """Return what is recorded of them on `ports`; `access` is what clients need, by add-on."""
        on = (_recorded(addon, ports, access.get(addon.name) or Access(), secrets) for addon in self.on)
        return (*on, *self.left_out)


def plan_addons(stack: Stack, settings: Settings, switched: Mapping[str, bool] | None = None) -> AddonPlan:
    """Return the add-ons that devenv.toml, the record and then `switched`, by name, say are on.

    With one come those that it needs, whatever an earlier command said of these.

    Raises:
        AddonInvalidError: One is unknown or wrong, needs another that is switched off or does not exist, or
            meets another's names.
        SettingsInvalidError: A setting of one is wrong.
    """
    switched, record = switched or {}, stack.record
    choices = {**(record.addon_choices if record else {}), **switched}
    states = _written(settings) | choices
    if not states:
        return AddonPlan()
    folders = find_addons(stack.project, stack.deps.shipped_addons.directory)
    for name in states:
        # One that is gone can be switched off.
        if name not in folders and (states[name] or name not in choices or not record):
            raise _unknown(name, folders, settings, is_switched=name in choices)
    asked_for = [name for name, is_on in states.items() if is_on]
    needs = with_needed(asked_for, folders, stack.deps.shipped_addons.directory)
    needed_by = needed_alone(needs, asked_for)
    for name, others in needed_by.items():
        check_not_off(name, others, settings, switched)
    addons = tuple(_load(stack, name, folders[name], settings, tuple(needs)) for name in needs)
    _check_together(addons)
    asked = [name for name, is_on in switched.items() if is_on]
    choices = {name: is_on for name, is_on in choices.items() if name not in needed_by}
    return AddonPlan(addons, needed_by, choices=choices, asked=asked)


def _written(settings: Settings) -> dict[str, bool]:
    """Return which add-ons devenv.toml switches on or off."""
    return {name: value is not False for name, value in settings.addons.items()}


def _load(stack: Stack, name: str, directory: Path, settings: Settings, on: Collection[str] = ()) -> Addon:
    is_builtin = directory.parent == stack.deps.shipped_addons.directory
    return load_addon(name, directory, settings, is_builtin=is_builtin, on=on)


def _runs_on(addon: Addon, traits: EngineTraits) -> bool:
    needed = (NEEDED_TRAIT, *addon.definition.needs.engine)
    return all(getattr(traits, trait, None) is True for trait in needed)


def _unknown(
    name: str, folders: Mapping[str, Path], settings: Settings, *, is_switched: bool
) -> AddonInvalidError:
    known = f"those there are: {', '.join(folders)}" if folders else "there are none"
    return AddonInvalidError(
        f'unknown add-on "{name}"{did_you_mean(name, folders)}',
        place=settings.place_of("addons", name) or ("--with" if is_switched else None),
        details=[known],
    )


def _check_together(addons: Sequence[Addon]) -> None:
    for addon in addons:
        if not any(_runs_on(addon, traits_of(name)) for name in ENGINES):
            traits = ", ".join(addon.definition.needs.engine)
            raise AddonInvalidError(
                f"no engine has all that needs.engine names: {traits}",
                place=shown_path(addon.directory / DEFINITION),
            )
    _check_unique("port", {addon.name: addon.definition.ports for addon in addons})
    _check_unique("image", {addon.name: addon.definition.images for addon in addons})
    _check_unique("secret", {addon.name: addon.definition.secrets for addon in addons})
    _check_unique("service", {addon.name: addon.added_services for addon in addons})


def _check_unique(what: str, names: Mapping[str, Collection[str]]) -> None:
    counts = Counter(name for each in names.values() for name in each)
    for name, count in counts.items():
        if count > 1:
            owners = " and ".join(addon for addon, each in names.items() if name in each)
            raise AddonInvalidError(
                f'the add-ons {owners} both have a {what} "{name}"',
                hint="switch one of them off with `devenv up --without NAME`",
            )


def with_addon_ports(addons: Sequence[Addon], ports: Ports) -> Ports:
    """Return `ports` of a stack with those that the add-ons have if nobody is in the way, and no others."""
    numbers = {port.name: ports[port.name] for port in PORTS}
    for addon in addons:
        for name, port in addon.definition.ports.items():
            numbers[name] = addon.ports.get(name, ports.numbers.get(name, port.default))
    return Ports(numbers, ports.bind)


def written_ports(addons: Sequence[Addon]) -> frozenset[str]:
    """Return the names of the ports of add-ons that devenv.toml gives a number."""
    return frozenset(name for addon in addons for name in addon.ports if name in addon.definition.ports)


def readiness_urls(addons: Sequence[Addon], ports: Ports) -> dict[str, str]:
    """Return the URL of all that must answer 200 before the stack is ready, by the name of its port."""
    return {
        name: f"http://{ports.address(name)}{addon.definition.ready[port.service]}"
        for addon in addons
        for name, port in addon.definition.ports.items()
        if addon.definition.ready.get(port.service, HEALTHY) != HEALTHY
    }


def _recorded(addon: Addon, ports: Ports, access: Access, secrets: Mapping[str, str]) -> RecordedAddon:
    definition = addon.definition
    known: dict[str, Any] = {port_variable(name): ports[name] for name in definition.ports}
    known |= {name: secrets[name] for name in addon.secret_variables}
    return RecordedAddon(
        name=addon.name,
        pages=(
            *(
                RecordedPage(name=name, title=port.page, path=port.path)
                for name, port in definition.ports.items()
                if port.page
            ),
            *(
                RecordedPage(name=name, title=page.title, path=page.path, port=page.port)
                for name, page in definition.pages.items()
            ),
        ),
        environment=addon.environment({"STACK_HOST": ports.host, **known, **addon.variables()}),
        is_builtin=addon.is_builtin,
        settings=addon.settings,
        off=definition.off,
        data=definition.data,
        access=access,
    )


@dataclass(frozen=True)
class ListedAddon:
    """An add-on that there is, on or off; `line` switches it on in devenv.toml, with its settings.

    `needed_by` are the add-ons because of which alone it is on.
    """

    name: str
    title: str
    is_on: bool
    is_builtin: bool
    services: Sequence[str]
    pages: Sequence[str]
    ports: Mapping[str, int]
    memory: str
    settings: Mapping[str, str]
    line: str
    needs: Sequence[str] = ()
    needed_by: Sequence[str] = ()


def list_addons(stack: Stack, settings: Settings) -> tuple[list[ListedAddon], list[InvalidInputError]]:
    """Return every add-on of devenv and of the project, by name, and what is wrong with the others.

    Ports are those that a stack has, if any.
    """
    record = stack.record
    recorded = record.ports if record else settings.ports.to_ports()
    folders = find_addons(stack.project, stack.deps.shipped_addons.directory)
    found: list[ListedAddon] = []
    wrong: list[InvalidInputError] = []
    try:
        plan = plan_addons(stack, settings)
        on = {addon.name for addon in plan.on}
    except InvalidInputError as error:
        states = {**_written(settings), **(record.addon_choices if record else {})}
        plan, on, wrong = AddonPlan(), {name for name, is_on in states.items() if is_on}, [error]
    for name, directory in sorted(folders.items()):
        try:
            addon = _load(stack, name, directory, settings)
        except InvalidInputError as error:
            wrong += [error] if error.message not in {each.message for each in wrong} else []
        else:
            needed_by = plan.needed_by.get(name, ())
            found.append(_listed(addon, recorded, is_on=name in on, needed_by=needed_by))
    return found, wrong


def _listed(addon: Addon, recorded: Ports, *, is_on: bool, needed_by: Sequence[str]) -> ListedAddon:
    definition = addon.definition
    ports = with_addon_ports([addon], recorded)
    return ListedAddon(
        name=addon.name,
        title=definition.title,
        is_on=is_on,
        is_builtin=addon.is_builtin,
        services=addon.added_services,
        pages=[*(name for name, port in definition.ports.items() if port.page), *definition.pages],
        ports={name: ports[name] for name in definition.ports},
        memory="; ".join(filter(None, [definition.memory, *_memory_of_switches(addon)])),
        settings={
            name: f"{setting.line} (adds {setting.memory})" if setting.memory else setting.line
            for name, setting in definition.settings.items()
        },
        line=f"[addons] {addon.name} = {_switched_on(addon)}",
        needs=definition.needs.addons,
        needed_by=needed_by,
    )


def _switched_on(addon: Addon) -> str:
    """Return what devenv.toml says of the add-on that is on with the settings that it has."""
    defaults = {name: setting.default for name, setting in addon.definition.settings.items()}
    # All kinds of values are written in TOML as in JSON.
    others = [
        f"{name} = {json.dumps(value)}" for name, value in addon.settings.items() if value != defaults[name]
    ]
    return f"{{{', '.join(others)}}}" if others else "true"


def _memory_of_switches(addon: Addon) -> list[str]:
    settings = addon.definition.settings
    return [
        f"{name}: {setting.memory}"
        for name, setting in settings.items()
        if addon.settings[name] is True and setting.memory
    ]


def code_of(
    addons: Iterable[Addon | RecordedAddon], record: StackRecord, deps: Dependencies
) -> Iterator[tuple[str, AddonModule, AddonContext]]:
    """Yield the name, the code and the stack of each add-on that has code."""
    yield from with_code(addons, identity_of(record), record.ports, deps.engine(record.engine), record, deps)


def with_code(
    addons: Iterable[Addon | RecordedAddon],
    stack: StackIdentity,
    ports: Ports,
    engine: Engine,
    record: StackRecord | None,
    deps: Dependencies,
) -> Iterator[tuple[str, AddonModule, AddonContext]]:
    """Do as `code_of` for a stack that may have no record yet, on `ports` that it may get."""
    shards = record.history_shards.get(engine.name) if record else None
    addons = tuple(addons)
    on = frozenset(addon.name for addon in addons)
    for addon in addons:
        module = deps.shipped_addons.module_of(addon.name) if addon.is_builtin else None
        if module is not None:
            context = AddonContext(
                *(stack, engine, ports, addon.settings, deps.reporter),
                own_files=deps.store.addon_files(addon.name, stack.name),
                shared_files=deps.store.addon_files(addon.name),
                places={} if isinstance(addon, RecordedAddon) else addon.places,
                history_shards=shards,
                secrets=readable_secrets(stack.name, deps.store),
                keep=partial(keep_secrets, stack.name, deps.store),
                on=on,
            )
            yield addon.name, module, context
