"""The steps that prove a stack usable, from the outside, in the order in which a server gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import ServerRejectedError
from devenv.seeds.apply import add_attributes, apply_namespaces, missing_attributes
from devenv.stack.waiting import as_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.seeds.models import Seeds
    from devenv.stack.progress import Progress
    from devenv.stack.waiting import Waiter
    from devenv.temporal.protocol import Gateway


class Readiness:
    """Brings the server to the declared state and proves it, step by step."""

    def __init__(self, gateway: Gateway, seeds: Seeds, waiter: Waiter, progress: Progress) -> None:
        self._gateway = gateway
        self._seeds = seeds
        self._waiter = waiter
        self._progress = progress

    def await_frontend(self) -> None:
        """Wait until the frontend's own health check says SERVING."""
        with self._progress.step("frontend") as step:
            self._waiter.until(step, lambda: as_missing(self._gateway.frontend_problem()))

    def apply_namespaces(self) -> bool:
        """Register and update namespaces; return whether anything had to change."""
        with self._progress.step("namespaces") as step:
            changes = apply_namespaces(self._gateway, self._seeds)
            changed = len({change.name for change in changes})
            step.outcome = f"{len(self._seeds.namespaces)} declared, {changed} changed"
        return bool(changes)

    def apply_search_attributes(self, *, cluster_wide: bool) -> bool:
        """Add search attributes and wait until they are listed; return whether any had to be added."""
        if not any(spec.search_attributes for spec in self._seeds.namespaces):
            return False
        with self._progress.step("search-attributes") as step:
            missing = missing_attributes(self._gateway, self._seeds)
            add_attributes(self._gateway, missing, cluster_wide=cluster_wide)
            self._waiter.until(step, self._unlisted_attributes)
            step.outcome = f"{sum(map(len, missing.values()))} added"
        return bool(missing)

    def _unlisted_attributes(self) -> Sequence[str]:
        try:
            missing = missing_attributes(self._gateway, self._seeds)
        except ServerRejectedError as error:
            return [error.message]
        return [f"search attribute {name} in {space}" for space, names in missing.items() for name in names]

    def prove(self, *, cluster_wide: bool) -> None:
        """See a workflow start in each namespace, be found by visibility, and be gone after its deletion."""
        namespaces = [spec.name for spec in self._seeds.namespaces]
        canaries = self._gateway.canaries(namespaces)
        with self._progress.step("visibility") as step:
            self._waiter.until(step, lambda: as_missing(self._gateway.visibility_problem(namespaces[0])))
        with self._progress.step("workflow-start") as step:
            self._waiter.until(step, canaries.start)
            step.outcome = f"accepted in {len(namespaces)} namespaces"
        with self._progress.step("workflow-found") as step:
            self._waiter.until(step, canaries.find)
            step.outcome = "by a visibility query"
        self.apply_search_attributes(cluster_wide=cluster_wide)
        with self._progress.step("clean-up") as step:
            self._waiter.until(step, canaries.delete)
            step.outcome = "canary workflows are gone"
