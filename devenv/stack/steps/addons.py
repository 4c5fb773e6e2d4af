"""The add-ons of the stack: which are on, what they need, and that they answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devenv.images.catalog import addon_images, with_addons
from devenv.stack.addons import plan_addons, readiness_urls

if TYPE_CHECKING:
    from devenv.stack.steps.context import UpContext


def check_addons(up: UpContext) -> None:
    """Read the add-ons that are on, and check that they go together."""
    up.addons = plan_addons(up.stack.project, up.desired.settings, up.earlier, up.request.addons)


def fit_addons(up: UpContext) -> None:
    """Leave out what the engine cannot run, and get the images of the others."""
    up.addons = up.addons.on_engine(up.engine, up.reporter)
    up.desired = replace(up.desired, addons=up.addons.on)
    if up.images is not None and up.addons.on:
        request = up.request
        images = addon_images(up.addons.on, up.images.kind)
        up.deps.images.ensure_of_addons(images, pull=request.pull, offline=request.offline)
        up.images = with_addons(up.images, up.addons.on)


def await_addons(up: UpContext) -> None:
    """Wait until every page that says that an add-on is ready answers."""
    urls = readiness_urls(up.addons.on, up.record.ports)
    if urls:
        with up.progress.step("add-ons") as step:
            up.waiter.until(step, lambda: [problem for problem in map(up.deps.web_problem, urls) if problem])
