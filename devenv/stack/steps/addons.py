"""The add-ons of the stack: which are on, what they need, and that they answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from devenv.errors import DevenvError
from devenv.events import StepStatus, warn
from devenv.images.catalog import addon_images, with_addons
from devenv.images.pull import ensure_addon_images
from devenv.project.access import ANYBODY, Access
from devenv.project.secrets import check_private, secrets_of
from devenv.project.state import ARCHIVE
from devenv.stack.addon_plan import code_of, plan_addons, readiness_urls, with_addon_ports, with_code
from devenv.stack.credentials import unasked_users
from devenv.stack.sharing import namespaces_of_all, users_of_all
from devenv.stack.steps.profile import end_profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devenv.addons import AddonContext, AddonModule
    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.services import Ports
    from devenv.project.state import RecordedAddon, StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.steps.context import UpContext


def check_addons(up: UpContext) -> None:
    """Read the add-ons that are on, and check that they go together."""
    up.addons = plan_addons(up.stack, up.desired.settings, up.request.addons)
    shipped = up.deps.shipped_addons.directory
    for addon in up.addons.on:
        if not addon.is_builtin and (shipped / addon.name).is_dir():
            warn(up.reporter, f"the add-on {addon.name} is the project's, not the one that devenv ships")


def fit_addons(up: UpContext) -> None:
    """Leave out what the engine cannot run, and get the images of the others."""
    up.addons = up.addons.on_engine(up.engine, up.reporter)
    up.desired = replace(up.desired, addons=up.addons.on)
    before = up.earlier.addon_names if up.earlier else ()
    needed_by = up.addons.needed_by
    on = [addon.name for addon in up.addons.on]
    if new := [name for name in on if name in needed_by and name not in before]:
        # Nobody has to do anything about it, so it is no warning.
        said = "; ".join(f"{name}, needed by {' and '.join(needed_by[name])}" for name in new)
        up.progress.report("needed-add-ons", StepStatus.DONE, said)
    if up.images is not None and up.addons.on:
        request = up.request
        images = addon_images(up.addons.on, up.images)
        store = up.deps.images()
        ensure_addon_images(images, store, up.reporter, pull=request.pull, offline=request.offline)
        up.images = with_addons(up.images, up.addons.on)


def check_settings(up: UpContext) -> None:
    """Have the code of add-ons say whether the stack can be launched with their settings.

    That clients of before get in no more is a warning: nothing was touched yet.
    """
    usual = up.earlier.ports if up.earlier else up.desired.settings.ports.to_ports()
    ports = with_addon_ports(up.addons.on, usual)
    for _, module, context in _code(up, ports):
        module.check(context)
    before = up.earlier.access if up.earlier else None
    now = Access.of(access_of(up, ports).values())
    if now.login is not None:
        check_private(up.stack.name, up.deps.store)
    for sentence in unasked_users(up.desired.seeds, now):
        warn(up.reporter, sentence)
    if before is not None and now.refuses(before):
        warn(
            up.reporter,
            f"from now on clients connect by {now.in_words}, not by {before.in_words}: those that run are "
            'refused until they are started anew, with `devenv run` or after `eval "$(devenv env)"`; '
            "workflows and data stay",
        )


def recorded_addons(up: UpContext, ports: Ports) -> tuple[RecordedAddon, ...]:
    """Return what is recorded of the add-ons, with the secrets as they are now: code may have made some."""
    variables = [name for addon in up.addons.on for name in addon.secret_variables]
    secrets = secrets_of(up.stack.name, variables, up.deps.store)
    return up.addons.recorded(ports, access_of(up, ports), secrets)


def access_of(up: UpContext, ports: Ports) -> dict[str, Access]:
    """Return what each add-on with code has clients of the stack need, by its name."""
    return {name: module.access(context) for name, module, context in _code(up, ports)}


def _code(up: UpContext, ports: Ports) -> Iterator[tuple[str, AddonModule, AddonContext]]:
    return with_code(up.addons.on, up.stack.identity, ports, up.engine, up.earlier, up.deps)


def end_dropped_addons(up: UpContext) -> None:
    """End the add-ons that are off from now on: the launch removes their containers."""
    if up.earlier is None or up.earlier.engine != up.engine.name:
        return
    on = {addon.name for addon in up.addons.on}
    dropped = [addon for addon in up.earlier.addons if addon.name not in on]
    for addon in dropped:
        if addon.off:
            warn(up.reporter, f"the add-on {addon.name} is switched off: {addon.off}")
    if up.before.had_services:
        _end(dropped, up.earlier, up.deps)


def prepare_addons(up: UpContext) -> None:
    """Have the code of add-ons generate files for their containers, for all worktrees on the stack."""
    seeds = up.desired.seeds
    namespaces, users = namespaces_of_all(up.stack, seeds), users_of_all(up.stack, seeds)
    generated = {
        name: module.prepare(replace(context, users=users), namespaces)
        for name, module, context in code_of(up.addons.on, up.record, up.deps)
    }
    up.record = up.record.model_copy(update={"addons": recorded_addons(up, up.record.ports)})
    up.deps.store.save(up.record)
    addons = (replace(addon, generated=generated.get(addon.name, {})) for addon in up.addons.on)
    up.desired = replace(up.desired, addons=tuple(addons))


def await_archive(up: UpContext) -> None:
    """Wait until a server that runs reaches its archive: else it takes no namespace that archives.

    One that is yet to start does so when the archive is there.
    """
    for name, module, context in code_of(up.addons.on, up.record, up.deps):
        if name == ARCHIVE and module.after_ready(context):
            with up.progress.step(ARCHIVE) as step:
                up.waiter.until(step, partial(module.after_ready, context))


def await_addons(up: UpContext) -> None:
    """Wait until every page that says that an add-on is ready answers, on a port that the stack holds."""
    urls = readiness_urls(up.addons.on, up.record.ports)

    def problems() -> list[str]:
        web_problem, ownership = up.deps.web_problem, up.ownership
        found = (ownership.problem(port) or web_problem(url, ANYBODY) for port, url in urls.items())
        return [problem for problem in found if problem]

    if urls:
        with up.progress.step("add-ons") as step:
            up.waiter.until(step, problems)


def finish_addons(up: UpContext) -> None:
    """Have the code of add-ons do what needs the running stack, and wait until nothing is missing."""
    for name, module, context in code_of(up.addons.on, up.record, up.deps):
        with up.progress.step(f"add-on {name}") as step:
            up.waiter.until(step, partial(module.after_ready, context))
            step.outcome = "in use"


def remove_stack(stack: StackIdentity, engine: Engine, deps: Dependencies, *, volumes: bool) -> None:
    """Remove `stack` from `engine`, and with `volumes` its data, after its add-ons and its profile.

    Whoever removes a stack comes by here: `down`, `run`, a roll-back and a change of engine.
    """
    record = deps.store.load(stack.name)
    if record is not None and record.engine == engine.name:
        _end(record.addons, record, deps)
        end_profiles(deps, stack)
    engine.remove(stack, volumes=volumes)


def _end(addons: Iterable[RecordedAddon], record: StackRecord, deps: Dependencies) -> None:
    """Have the code of `addons` do what must be done as long as their containers are there."""
    for name, module, context in code_of(addons, record, deps):
        try:
            module.before_down(context)
        except DevenvError as error:
            warn(deps.reporter, f"the add-on {name}: {'; '.join([error.message, *error.details])}")
