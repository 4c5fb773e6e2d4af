"""Brings a server to what is declared, and waits until each part is usable."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from devenv.errors import (
    ApplyIncompleteError,
    DevenvError,
    ServerRejectedError,
)
from devenv.project.worktree import ALL_NAMES
from devenv.seeds.changes import change_line
from devenv.seeds.kinds import KINDS
from devenv.seeds.kinds.kind import Kind
from devenv.seeds.kinds.namespace import NAMESPACES
from devenv.seeds.plan import REMOVAL_ORDER, Request, observe, plan, removals, requests_for
from devenv.stack.progress import AS_DECLARED, patient
from devenv.stack.readiness import prove_usable
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from devenv.project.worktree import Names
    from devenv.seeds.changes import Change
    from devenv.seeds.seed_model import Key
    from devenv.seeds.seeds import Observed, Seeds
    from devenv.stack.progress import Progress, Step, Waiter
    from devenv.temporal.protocol import Gateway, Refusal, Write

AnyKind = Kind[Any]
# An account of a hundred namespaces would bury the reason of the failure.
LONGEST_ACCOUNT = 20


class Reconciler:
    """Brings a server from what it has to what `seeds` declare; it can be begun again at any point.

    `archives` tells whether the server has an archive.
    An error that ends it says what was applied and what was not.
    """

    def __init__(
        self,
        gateway: Gateway,
        seeds: Seeds,
        waiter: Waiter,
        progress: Progress,
        names: Names = ALL_NAMES,
        *,
        archives: bool = False,
    ) -> None:
        self._gateway = gateway
        self._archives = archives
        self._seeds = seeds
        self._names = names
        self._waiter = waiter
        self._progress = progress
        self._planned: list[Change] = []
        self._applied: set[Change] = set()

    @property
    def applied(self) -> Sequence[Change]:
        """The changes that were made, in the order of the plan."""
        return [change for change in self._planned if change in self._applied]

    def _observe(self, kinds: Collection[AnyKind] = KINDS, *, prune: bool = False) -> Observed:
        return observe(self._gateway, self._seeds, kinds, prune=prune, archives=self._archives)

    def plan(self, *, prune: bool = False) -> list[Change]:
        """Return all there is to change.

        Raises:
            ServerRejectedError: No server can be brought to a part of it.
        """
        observed = self._observe(prune=prune)
        self._planned = plan(self._seeds, observed, prune=prune, names=self._names)
        check_obstacles(self._planned)
        return list(self._planned)

    def reconcile(self, kinds: Iterable[AnyKind]) -> list[Change]:
        """Create and update `kinds`, each when the one before is usable, and return the changes.

        Raises:
            ApplyIncompleteError: The server refused some; the others of that kind are applied.
            NotReadyError: The deadline passed.
        """
        return [change for kind in kinds if kind.is_declared(self._seeds) for change in self._reconcile(kind)]

    def _reconcile(self, kind: AnyKind) -> list[Change]:
        with self._progress.step(kind.step) as step:
            observed, changes = self._look(kind, step)
            check_obstacles(changes)
            self._make(requests_for(changes, observed.cluster), step)
            if changes:
                self._until(step, lambda: self._missing(kind, changes))
            step.outcome = _outcome(changes)
        return changes

    def _look(self, kind: AnyKind, step: Step) -> tuple[Observed, list[Change]]:
        """Ask until the server answers: right after its start it may not."""
        seen: list[Observed] = []

        def check() -> Sequence[str]:
            seen.append(self._observe({kind}))
            return []

        self._until(step, check)
        changes = list(kind.changes(self._seeds, seen[-1]))
        self._planned += [change for change in changes if change not in self._planned]
        return seen[-1], changes

    def _missing(self, kind: AnyKind, changes: Sequence[Change]) -> Sequence[str]:
        """Return what was changed and is not yet so, or is so and not yet usable."""
        observed = self._observe({kind})
        missing = [change_line(change) for change in kind.changes(self._seeds, observed)]
        return missing or kind.unusable(self._gateway, changes)

    def remove(self, deletions: Collection[Change]) -> list[Change]:
        """Delete what `deletions` name, as far as it is still there and still declared nowhere."""
        removed: list[Change] = []
        for kind in REMOVAL_ORDER:
            if any(change.kind is kind for change in deletions):
                with self._progress.step(f"prune {kind.step}") as step:
                    removed += self._remove(kind, deletions, step)
        return removed

    def _remove(self, kind: AnyKind, deletions: Collection[Change], step: Step) -> list[Change]:
        observed = self._observe({kind}, prune=True)
        changes = self._removable(kind, observed, deletions)
        self._planned += [change for change in changes if change not in self._planned]
        self._make(requests_for(changes, observed.cluster), step)

        def missing() -> list[str]:
            left = self._observe({kind}, prune=True)
            return [change_line(change) for change in self._removable(kind, left, changes)]

        self._until(step, missing)
        step.outcome = _outcome(changes) if changes else "nothing left to delete"
        return changes

    def _removable(self, kind: AnyKind, observed: Observed, wanted: Collection[Change]) -> list[Change]:
        return [each for each in removals(kind, self._seeds, observed, self._names) if each in wanted]

    def _make(self, requests: Sequence[Request], step: Step) -> None:
        """Send requests until each is done or refused for good."""
        waiting = list(requests)
        refused: list[Refusal] = []
        changes_by_write = {id(each.write): each.changes for each in requests}

        planned = _objects(change for each in requests for change in each.changes)
        made: set[Key] = set()

        def note(write: Write) -> None:
            self._applied.update(changes_by_write[id(write)])
            made.update(_objects(changes_by_write[id(write)]))
            step.waiting(f"{len(made)} of {len(planned)} applied")

        def send() -> Sequence[str]:
            answers = self._gateway.perform([each.write for each in waiting], note)
            unanswered = [(each, answer) for each, answer in zip(waiting, answers, strict=True) if answer]
            refused.extend(answer for _, answer in unanswered if not answer.may_pass)
            waiting[:] = [each for each, answer in unanswered if answer.may_pass]
            return [_in_words(answer) for _, answer in unanswered if answer.may_pass]

        self._until(step, send)
        if refused:
            raise self._with_account(_incomplete(refused, len(self._planned)))

    def _until(self, step: Step, check: Callable[[], Sequence[str]]) -> None:
        """Wait for `check`; a server that does not answer is what is missing then."""
        try:
            self._waiter.until(step, patient(check))
        except DevenvError as error:
            raise self._with_account(error) from error

    def _with_account(self, error: DevenvError) -> DevenvError:
        """Return `error` with what was applied and what was not."""
        open_changes = [each for each in self._planned if each not in self._applied]
        return error.with_details(*_account("applied", self.applied), *_account("not applied", open_changes))

    def apply_kinds(
        self, kinds: Collection[AnyKind], to_prove: Callable[[Sequence[Change]], Sequence[str]]
    ) -> Sequence[Change]:
        """Create and update `kinds`; return the changes of namespaces.

        While the others are applied, workflows go through the namespaces that `to_prove` names for these
        changes.
        """
        changes = self.reconcile([NAMESPACES] if NAMESPACES in kinds else [])
        namespaces = to_prove(changes)
        with ExitStack() as meanwhile:
            if namespaces:
                proof = prove_usable(namespaces, self._gateway, self._waiter, self._progress)
                meanwhile.enter_context(proof)
            self.reconcile(kind for kind in KINDS if kind in kinds and kind is not NAMESPACES)
        return changes

    def apply(self, changes: Iterable[Change]) -> list[str]:
        """Create and update; return the namespaces that are new, and proven usable."""
        kinds = {change.kind for change in changes if change.action is not Action.DELETE}
        return _created(self.apply_kinds(kinds, to_prove=_created))


def check_obstacles(changes: Sequence[Change]) -> None:
    """Return if every one of `changes` can be made.

    Raises:
        ServerRejectedError: One cannot; the server would accept it, and ignore it.
    """
    obstacles = [change.obstacle for change in changes if change.obstacle]
    if obstacles:
        first, *further = obstacles
        what = f"{len(obstacles)} of the declared changes cannot be made"
        hint = "take one of the ways out named above; `devenv plan` shows them again"
        raise ServerRejectedError(what, first, hint, further=further)


def deletions_of(changes: Sequence[Change]) -> list[Change]:
    """Return those of `changes` that lose something."""
    return [change for change in changes if change.action is Action.DELETE]


def _created(changes: Iterable[Change]) -> list[str]:
    """Return the names of what `changes` created."""
    return [change.name for change in changes if change.action is Action.CREATE]


def _outcome(changes: Sequence[Change]) -> str:
    """Return how many objects were created, updated and deleted by `changes`, which are of one kind."""
    words = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
    counts = {action: len(_objects(each for each in changes if each.action is action)) for action in words}
    return ", ".join(f"{count} {words[action]}" for action, count in counts.items() if count) or AS_DECLARED


def _objects(changes: Iterable[Change]) -> set[Key]:
    """Return what `changes` of one kind are about: two changes of one namespace are about one."""
    return {change.key for change in changes}


def _incomplete(refused: Sequence[Refusal], planned: int) -> DevenvError:
    first = refused[0].error
    # Who may do nothing is told so once.
    if not isinstance(first, ServerRejectedError):
        return first
    return ApplyIncompleteError(len(refused), planned, [_in_words(refusal) for refusal in refused])


def _in_words(refusal: Refusal) -> str:
    return ": ".join([refusal.error.message, *refusal.error.details])


def _account(title: str, changes: Sequence[Change]) -> list[str]:
    lines = [f"{title}: {change_line(change)}" for change in changes[:LONGEST_ACCOUNT]]
    others = len(changes) - LONGEST_ACCOUNT
    return [*lines, f"{title}: {others} more"] if others > 0 else lines
