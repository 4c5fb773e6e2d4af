"""Worktrees of one repository that share a stack, and what each does with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fakes.world import make_desired

from devenv.dynamicconfig.model import DynamicConfig, in_namespaces
from devenv.engines.protocol import StackIdentity
from devenv.project.worktree import Worktree
from devenv.seeds.load import parse_seeds
from devenv.seeds.naming import called
from devenv.stack.desired import CheckedConfig
from devenv.stack.leaving import leave
from devenv.stack.plan_and_apply import plan_seeds
from devenv.stack.reconcile import deletions_of
from devenv.stack.stack import Stack
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fakes.world import World

    from devenv.stack.desired import Desired
    from devenv.stack.lifecycle import DownReport


SUFFIXES = frozenset({"feature", "fix"})


SEEDS = {
    "namespaces": [{"name": "orders", "retention": "3d"}],
    "nexus_endpoints": [{"name": "orders", "target": {"namespace": "orders", "task_queue": "go"}}],
}


@dataclass
class Checkout:
    """A worktree of the repository whose main one is `shop`, and what it does with the stack."""

    world: World
    suffix: str

    @property
    def project(self) -> Path:
        return self.world.directory / "projects" / (self.suffix or "shop")

    @property
    def worktree(self) -> Worktree:
        return Worktree(self.project, self.world.directory / "projects" / "shop", self.suffix, SUFFIXES)

    @property
    def stack(self) -> Stack:
        self.project.mkdir(parents=True, exist_ok=True)
        identity = StackIdentity("shop", self.worktree.stack_root, 1000)
        return Stack(identity, self.world.deps, self.worktree)

    def desired(
        self,
        seeds: Mapping[str, object] = SEEDS,
        settings: Mapping[str, object] | None = None,
        config: DynamicConfig | None = None,
    ) -> Desired:
        names = self.worktree.names
        written = replace(parse_seeds(seeds), places={"orders": "seeds/orders.yaml:2:5"})
        made = make_desired(settings={"isolate": "namespace", "namespace": "orders", **(settings or {})})
        on_server = in_namespaces(config or DynamicConfig(), names.on_server)
        return replace(
            made,
            read_seeds=lambda: called(written, names),
            read_config=lambda: CheckedConfig(on_server),
            names=names,
        )

    def up(self, desired: Desired | None = None) -> None:
        bring_up(self.stack, desired or self.desired(), UpRequest())

    def down(self, *, volumes: bool = False) -> DownReport:
        return leave(self.stack, volumes=volumes)

    def prunes(self, desired: Desired | None = None) -> list[str]:
        """Return what `apply --prune` would delete."""
        changes = plan_seeds(self.stack.require_serving(), desired or self.desired(), prune=True)
        return [f"{each.kind.name} {each.name}" for each in deletions_of(changes)]


def registered(world: World) -> list[str]:
    return sorted(world.gateway.registered)
