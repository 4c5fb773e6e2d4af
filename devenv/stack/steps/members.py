"""The other worktrees on a stack that is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import PrerequisiteError, SharedStackError
from devenv.stack import sharing

if TYPE_CHECKING:
    from devenv.stack.steps.context import UpContext


def check_members(up: UpContext) -> None:
    """Refuse what would change the stack under others who use it; say what may not be expected of it."""
    sharing.tell(up.stack, up.desired)
    if up.earlier is None or not sharing.is_shared(up.stack):
        return
    try:
        services = up.deps.engine(up.earlier.engine).services(up.stack.identity)
    except PrerequisiteError:  # nobody uses what does not answer
        services = []
    using = sharing.users(up.stack, services)
    sharing.check_agreement(up.stack, up.desired, using)
    if using and up.request.replaces_data:
        elsewhere = ", or restore it onto another stack: `--stack NAME`" if up.request.snapshot else ""
        raise SharedStackError(
            [f"{using[0].worktree} uses the stack, and a restore would replace all of its data"],
            hint=f"run `devenv down` there first{elsewhere}",
        )
    if using and up.engine.name != up.earlier.engine:
        raise SharedStackError(
            [f"the stack is on the {up.earlier.engine} engine, and {up.engine.name} was asked for"],
            hint=f"leave the engine to the stack, or run `devenv down` in {using[0].worktree} first",
        )


def join(up: UpContext) -> None:
    """Note that this worktree uses the stack, before the server gets anything of it."""
    up.was_user = sharing.is_user(up.stack)
    sharing.join(up.stack, up.desired, was_there=up.before.had_services)
