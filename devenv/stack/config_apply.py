"""`config apply`: bring the declared dynamic config into effect, and know that it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.changes import changed_keys, read_at_start
from devenv.dynamicconfig.model import not_enforced, unconstrained
from devenv.events import warn
from devenv.stack.config_delivery import Delivery, beside_others, config_drift, reads_file
from devenv.stack.desired import config_warning_sentences
from devenv.stack.lifecycle import restart
from devenv.stack.progress import Progress
from devenv.stack.sharing import check_agreement, remember, users
from devenv.stack.stack import LOCK_TIMEOUT, SERVER

if TYPE_CHECKING:
    from devenv.dynamicconfig.changes import ConfigChange
    from devenv.dynamicconfig.model import DynamicConfig
    from devenv.stack.desired import Desired
    from devenv.stack.stack import Observation, Stack
    from devenv.stack.up import UpRequest


@dataclass(frozen=True)
class AppliedConfig:
    """What `config apply` did, or found.

    `keys` counts those that have a value; `after_restart` names those that changed since the server's start
    and that it reads only then. `is_in_effect` is false on the embedded engine when `changes` wait for its
    next start. `seconds` is None where nothing had to be written; `warnings` are the server's.
    """

    keys: int
    changes: tuple[ConfigChange, ...]
    after_restart: tuple[str, ...] = ()
    is_in_effect: bool = True
    seconds: float | None = None
    warnings: tuple[str, ...] = ()
    not_enforced: tuple[str, ...] = ()

    @property
    def changed_keys(self) -> list[str]:
        """The keys of which a value changed."""
        return changed_keys(self.changes)

    @property
    def needs_restart(self) -> bool:
        """Whether something waits for the server's next start."""
        return bool(self.after_restart) or not self.is_in_effect


def apply_config(stack: Stack, desired: Desired) -> AppliedConfig:
    """Bring the dynamic config of `desired` into effect on a running stack.

    Raises:
        NotRunningError: There is no server to take it.
        ConfigRefusedError: The server refused it; what was in effect is so again.
        ConfigUnconfirmedError: The server has not said in time that it took it.
        SharedStackError: Another worktree uses the stack, and wants a value otherwise that holds for both.
    """
    config, deps = desired.dynamic_config, stack.deps
    with stack.lock(LOCK_TIMEOUT):
        now = stack.require_serving("run `devenv up`: dynamic config takes effect when it starts")
        check_agreement(stack, desired, users(stack, now.services))
        if not reads_file(now.engine):
            return _compare_with_launch(now, config)
        delivery = Delivery(now, beside_others(config, stack))
        delivery.begin()
        done = delivery.finish(Progress(deps.reporter, deps.clock))
        remember(stack, desired)
    for sentence in config_warning_sentences(desired) if done.changes else ():
        warn(deps.reporter, sentence)
    return AppliedConfig(
        keys=len({entry.key.lower() for entry in config.entries}),
        changes=done.changes,
        after_restart=tuple(
            read_at_start(done.since_start, load_catalog(desired.settings.stack_versions["temporal"]))
        ),
        seconds=done.seconds,
        warnings=done.warnings,
    )


def restart_for_config(
    stack: Stack, applied: AppliedConfig, desired: Desired, request: UpRequest
) -> AppliedConfig:
    """Restart the server, and return `applied` as it is then: with everything in effect.

    Raises:
        DevenvError: As `restart`.
    """
    clock = stack.deps.clock
    began = clock.now()
    restart(stack, [SERVER], desired, request)
    seconds = round((applied.seconds or 0.0) + clock.now() - began, 3)
    return replace(applied, after_restart=(), is_in_effect=True, seconds=seconds)


def _compare_with_launch(now: Observation, config: DynamicConfig) -> AppliedConfig:
    """Compare with what the embedded server was launched with; it reads nothing while it runs."""
    changes = tuple(config_drift(now, config))
    return AppliedConfig(
        keys=len(unconstrained(config)),
        changes=changes,
        is_in_effect=not changes,
        not_enforced=tuple(not_enforced(config)),
    )
