"""Worktrees on one stack: who may change what belongs to all, and the note that a worktree uses the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import DevenvError, SharedStackError
from devenv.events import warn
from devenv.project.names import DEFAULT_NAMESPACE, default_stack_name
from devenv.stack.desired import permissions_of_users, services_namespaces
from devenv.stack.members import differences, member_of, others_of, save_members

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from devenv.engines.protocol import Service
    from devenv.seeds.seeds import Seeds
    from devenv.stack.desired import Desired
    from devenv.stack.members import Member
    from devenv.stack.stack import Stack


def users(stack: Stack, services: Sequence[Service]) -> list[Member]:
    """Return the other worktrees that use the stack with these `services`; nobody uses a stopped one."""
    if not any(service.is_running for service in services):
        return []
    return [each for each in others_of(stack.suffix, stack.members) if each.is_up and not each.is_gone]


def check_agreement(stack: Stack, desired: Desired, using: Collection[Member]) -> None:
    """Return if `desired` changes nothing under those who are `using` the stack, and takes no name of theirs.

    Raises:
        SharedStackError: With the places of what differs, here and there.
    """
    others = [each for each in others_of(stack.suffix, stack.members) if not each.is_gone]
    if not others:
        return
    mine = member_of(_directory(stack), desired)
    for other in others:
        taken = sorted(set(mine.namespaces) & set(other.namespaces))
        if taken:
            place = desired.seeds.place_of(taken[0])
            raise SharedStackError(
                [f"{place}: {other.worktree} has the namespace {taken[0]} on this stack already"],
                hint="give one of the two another name",
            )
    for other in using:
        if found := differences(mine, other):
            raise SharedStackError(
                found,
                hint=f"make them equal, run `devenv down` in {other.worktree} first, or have a stack of your "
                'own: `isolate = "stack"`',
            )


def is_shared(stack: Stack) -> bool:
    """Whether other worktrees may have something on the stack; never so for whoever only knows its name."""
    try:
        record = stack.deps.store.load(stack.name)
    except DevenvError:  # damaged: whoever changes something mends it
        record = None
    if record is not None and record.project != str(stack.project):
        return False
    return stack.worktree is not None or bool(others_of(stack.suffix, stack.members))


def is_user(stack: Stack) -> bool:
    """Whether this worktree is noted as one that uses the stack."""
    return any(each.suffix == stack.suffix and each.is_up for each in stack.members)


def depart(stack: Stack, *, forget: bool = False) -> None:
    """Note that this worktree uses the stack no longer, and with `forget` has nothing there; as `join`."""
    members = stack.members
    mine = [each for each in members if each.suffix == stack.suffix and not forget]
    left = [each.model_copy(update={"is_up": False}) for each in mine]
    if members:
        save_members(stack.name, [*others_of(stack.suffix, members), *left], stack.deps)


def join(stack: Stack, desired: Desired, *, was_there: bool) -> None:
    """Note that the worktree uses the stack from now on, holding its lock.

    Whoever used it before `was_there`, or as it cannot be any more, uses it no longer. A stack of one project
    alone has no members.
    """
    members = stack.members
    others = others_of(stack.suffix, members)
    if stack.worktree is None and not others:
        return
    mine = member_of(_directory(stack), desired)
    # What it does not declare any more is still there, until somebody deletes it.
    earlier = [name for each in members if each.suffix == stack.suffix for name in each.namespaces]
    mine = mine.model_copy(update={"namespaces": tuple(dict.fromkeys([*earlier, *mine.namespaces]))})
    kept = [each for each in others if each.namespaces or not each.is_gone]
    agreed = [
        each.model_copy(update={"is_up": each.is_up and was_there and not differences(mine, each)})
        for each in kept
    ]
    save_members(stack.name, [*agreed, mine], stack.deps)


def remember(stack: Stack, desired: Desired) -> None:
    """Note what a worktree that uses the stack declares now, holding the lock."""
    if any(each.suffix == stack.suffix for each in stack.members):
        join(stack, desired, was_there=True)


def forget_deleted(stack: Stack, deleted: Collection[str]) -> None:
    """Note that namespaces are gone from the server, holding the lock; a worktree without any may go, too."""
    members = stack.members
    if members:
        left = [
            each.model_copy(
                update={"namespaces": tuple(name for name in each.namespaces if name not in deleted)}
            )
            for each in members
        ]
        save_members(stack.name, [each for each in left if each.namespaces or not each.is_gone], stack.deps)


def namespaces_of_all(stack: Stack, seeds: Seeds) -> list[str]:
    """Return the namespaces that are declared for services, by `seeds` and by other worktrees on the stack.

    Each worktree gets the same ones in the same order, once it has joined.
    """
    parts = {each.suffix: each.namespaces for each in stack.members if not each.is_gone}
    parts[stack.suffix] = (*parts.get(stack.suffix, ()), *services_namespaces(seeds))
    return list(dict.fromkeys(name for suffix in sorted(parts) for name in parts[suffix]))


def users_of_all(stack: Stack, seeds: Seeds) -> dict[str, tuple[str, ...]]:
    """Return what people may do, as `NAMESPACE:ROLE` by name; as `namespaces_of_all`.

    Who is declared in two worktrees is one user, with the roles of both.
    """
    parts = {each.suffix: each.users for each in stack.members if not each.is_gone}
    parts[stack.suffix] = permissions_of_users(seeds)
    users: dict[str, tuple[str, ...]] = {}
    for suffix in sorted(parts):
        for name, permissions in parts[suffix].items():
            users[name] = tuple(dict.fromkeys((*users.get(name, ()), *permissions)))
    return users


def tell(stack: Stack, desired: Desired) -> None:
    """Say, before anything is done, what a worktree may not expect of a stack that it shares."""
    reporter, names = stack.deps.reporter, desired.names
    for member in others_of(stack.suffix, stack.members):
        if member.is_gone and member.namespaces:
            warn(
                reporter,
                f"the worktree {member.worktree} is gone, and its namespaces are still on this stack: "
                f"{', '.join(member.namespaces)}; `devenv apply --prune` deletes them, after a confirmation",
            )
    if stack.worktree is None:
        return
    earlier = next((each for each in stack.members if each.suffix == stack.suffix), None)
    if earlier is not None and earlier.worktree != str(stack.worktree.project):
        warn(
            reporter,
            f"git calls this worktree {stack.suffix}, as it did {earlier.worktree}: "
            f"the namespaces of that one are this one's now",
        )
    if names.suffix and desired.namespace == DEFAULT_NAMESPACE:
        warn(
            reporter,
            "clients of this worktree get the namespace default, which all worktrees of the stack share: "
            "declare one in seeds/ and name it in devenv.toml (`namespace`)",
        )
    own = default_stack_name(stack.worktree.project)
    if own != stack.name and stack.deps.store.load(own) is not None:
        warn(
            reporter,
            f"this worktree has a stack of its own, {own}, from before it shared this one: that one stays as "
            f"it is, with its data; `devenv down -s {own}` takes it down",
        )


def _directory(stack: Stack) -> Path:
    return stack.worktree.project if stack.worktree is not None else stack.project
