"""The add-ons of the stack: which are on, what they need, and that they answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from devenv.addons import AddonContext
from devenv.errors import DevenvError
from devenv.events import warn
from devenv.images.catalog import addon_images, with_addons
from devenv.images.pull import ensure_addon_images
from devenv.stack.addon_plan import plan_addons, readiness_urls
from devenv.stack.records import identity_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.addons import AddonModule
    from devenv.project.addon_toml import Addon
    from devenv.project.state import StackRecord
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
    if up.images is not None and up.addons.on:
        request = up.request
        images = addon_images(up.addons.on, up.images.kind)
        store = up.deps.images()
        ensure_addon_images(images, store, up.reporter, pull=request.pull, offline=request.offline)
        up.images = with_addons(up.images, up.addons.on)


def prepare_addons(up: UpContext) -> None:
    """Have the code of add-ons generate files for their containers."""
    generated = {addon.name: module.prepare(_context(up, addon)) for addon, module in _with_code(up)}
    addons = (replace(addon, generated=generated.get(addon.name, {})) for addon in up.addons.on)
    up.desired = replace(up.desired, addons=tuple(addons))


def await_addons(up: UpContext) -> None:
    """Wait until every page that says that an add-on is ready answers."""
    urls = readiness_urls(up.addons.on, up.record.ports)
    if urls:
        with up.progress.step("add-ons") as step:
            up.waiter.until(step, lambda: [problem for problem in map(up.deps.web_problem, urls) if problem])


def finish_addons(up: UpContext) -> None:
    """Have the code of add-ons do what needs the running stack, and wait until nothing is missing."""
    for addon, module in _with_code(up):
        with up.progress.step(f"add-on {addon.name}") as step:
            up.waiter.until(step, partial(module.after_ready, _context(up, addon)))
            step.outcome = "in use"


def end_addons(record: StackRecord, deps: Dependencies) -> None:
    """Have the code of add-ons do what must be done as long as their containers are there."""
    stack, engine = identity_of(record), deps.engine(record.engine)
    for addon in record.addons:
        module = deps.shipped_addons.module_of(addon.name) if addon.is_builtin else None
        if module is None:
            continue
        try:
            module.before_down(AddonContext(stack, engine, record.ports, addon.settings, deps.reporter))
        except DevenvError as error:
            warn(deps.reporter, f"the add-on {addon.name}: {'; '.join([error.message, *error.details])}")


def _with_code(up: UpContext) -> Iterator[tuple[Addon, AddonModule]]:
    for addon in up.addons.on:
        module = up.deps.shipped_addons.module_of(addon.name) if addon.is_builtin else None
        if module is not None:
            yield addon, module


def _context(up: UpContext, addon: Addon) -> AddonContext:
    return AddonContext(up.stack.identity, up.engine, up.record.ports, addon.settings, up.reporter)
