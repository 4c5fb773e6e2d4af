"""Everything a project declares, each part read and checked when it is needed."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.findings import Severity
from devenv.dynamicconfig.lint.run import Knowledge, lint_parsed
from devenv.dynamicconfig.load import merge_layers, read_layers, refuse_errors
from devenv.dynamicconfig.model import in_namespaces, unconstrained
from devenv.engines.packages import traits_of
from devenv.engines.protocol import LaunchSpec, Web
from devenv.project.builtin import builtin_dir, is_builtin
from devenv.project.names import DEFAULT_NAMESPACE
from devenv.project.versions import embedded_server_version
from devenv.project.worktree import ALL_NAMES
from devenv.registry import AUTO, ENGINES
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.seeds.kinds.user import UserSpec
from devenv.seeds.load import load_seeds
from devenv.seeds.naming import called

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devenv.dynamicconfig.findings import Finding
    from devenv.dynamicconfig.model import DynamicConfig
    from devenv.engines.protocol import Images, StackIdentity
    from devenv.project.addon_toml import Addon
    from devenv.project.builtin import BuiltinName
    from devenv.project.locate import Project
    from devenv.project.services import Ports
    from devenv.project.settings import Settings
    from devenv.project.worktree import Names
    from devenv.seeds.seeds import Seeds
_FEW = 3


@dataclass(frozen=True)
class CheckedConfig:
    """A dynamic config that `config lint` finds no error in; `warnings` are its other findings."""

    config: DynamicConfig
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Desired:
    """The declared state of a project. Each part is read and checked when it is first asked for.

    So a command reads what it needs, and a mistake elsewhere does not stop it. `read_seeds` and `read_config`
    read once; they are kept as they are when only the settings are replaced.
    """

    settings: Settings
    read_seeds: Callable[[], Seeds]
    read_config: Callable[[], CheckedConfig]
    addons: tuple[Addon, ...] = ()
    """Those that are on; only a stack's record knows all of them."""
    names: Names = ALL_NAMES
    """What the seeds and the dynamic config are called on the server; settings are as they are written."""

    @property
    def seeds(self) -> Seeds:
        """The declared state of the server.

        Raises:
            SeedsInvalidError: With the place of everything that is wrong in them.
        """
        return self.read_seeds()

    @property
    def dynamic_config(self) -> DynamicConfig:
        """The dynamic config of all layers.

        Raises:
            DynamicConfigInvalidError: With the place of everything that is wrong in it.
            SeedsInvalidError: As `seeds`, with whose namespaces it is compared.
        """
        return self.read_config().config

    @property
    def config_warnings(self) -> tuple[Finding, ...]:
        """What `config lint` finds in the dynamic config, short of errors."""
        return self.read_config().warnings

    @property
    def namespace(self) -> str:
        """What clients get for the namespace of the settings."""
        return self.names.on_server(self.settings.namespace)

    @property
    def overlays(self) -> tuple[Path, ...]:
        """Overlays, relative to the project's root; read when something is launched."""
        return self.settings.compose.overlays

    @property
    def web(self) -> Web:
        """How the Web UI and the HTTP API are to be served."""
        ui = self.settings.ui
        return Web(ui.public_path, ui.codec_endpoint, has_open_api=self.settings.http_api == "open")

    def launch_spec(self, stack: StackIdentity, ports: Ports, images: Images | None = None) -> LaunchSpec:
        """Return what an engine is told of `stack`: what is declared, on `ports`, from `images`."""
        settings = self.settings
        return LaunchSpec(
            stack=stack,
            ports=ports,
            settings=unconstrained(self.dynamic_config),
            web=self.web,
            # Each worktree has another one, for which the Web UI would be launched anew.
            namespace=DEFAULT_NAMESPACE if self.names.is_shared else settings.namespace,
            is_durable=settings.durability == "safe",
            versions=settings.stack_versions,
            images=images,
            visibility=settings.visibility,
            overlays=self.overlays,
            addons=self.addons,
        )

    def read_all(self) -> None:
        """Read and check everything, for an operation that must not fail half-way.

        Raises:
            InvalidInputError: As the properties.
        """
        self.read_seeds()
        self.read_config()


def load_desired(project: Project, settings: Settings, names: Names = ALL_NAMES) -> Desired:
    """Return what `project` declares, with the `names` that it has on the server; no file is read yet.

    Mistakes are found in what is written, so that they are told in the words of the files.
    """
    read_written = functools.cache(lambda: declared_seeds(project, settings))
    read_seeds = functools.cache(lambda: called(read_written(), names))
    read_config = functools.cache(lambda: _checked_config(project, settings, read_written(), names))
    return Desired(settings, read_seeds, read_config, names=names)


def _checked_config(project: Project, settings: Settings, seeds: Seeds, names: Names) -> CheckedConfig:
    layers = read_layers(dynamic_config_layers(project, settings), project.root)
    knowledge = knowledge_of(settings, seeds)
    findings = lint_parsed(layers, knowledge)
    refuse_errors(findings)
    warnings = tuple(each for each in findings if each.severity is Severity.WARNING)
    merged = merge_layers(layers, knowledge.catalog)
    return CheckedConfig(in_namespaces(merged, names.on_server), warnings)


def declared_seeds(project: Project, settings: Settings) -> Seeds:
    """Return the seeds of a project, with those that devenv ships.

    Raises:
        SeedsInvalidError: With the place of everything that is wrong in them.
    """
    return load_seeds(_layers("seeds", project.root / settings.paths.seeds), project.root)


def services_namespaces(seeds: Seeds) -> list[str]:
    """Return the namespaces that are declared for services: `default` is everybody's."""
    return [spec.name for spec in seeds.of(NamespaceSpec) if spec.name != DEFAULT_NAMESPACE]


def permissions_of_users(seeds: Seeds) -> dict[str, tuple[str, ...]]:
    """Return what each declared user may do, as `NAMESPACE:ROLE`."""
    return {spec.name: spec.permissions for spec in seeds.of(UserSpec)}


def dynamic_config_layers(project: Project, settings: Settings) -> list[Path]:
    """Return the directories whose dynamic config a project has, later ones winning."""
    return _layers("dynamicconfig", project.root / settings.paths.dynamicconfig)


def knowledge_of(settings: Settings, seeds: Seeds | None) -> Knowledge:
    """Return what dynamic config is compared with; without seeds, nobody is warned about namespaces."""
    names = None if seeds is None else {each.name for each in seeds.of(NamespaceSpec)}
    possible = [traits_of(name) for name in (ENGINES if settings.engine == AUTO else [settings.engine])]
    brought_along = load_catalog(embedded_server_version())
    if not any(traits.runs_images for traits in possible):
        enforces = all(traits.enforces_constraints for traits in possible)
        return Knowledge(brought_along, namespaces=names, is_embedded=not enforces)
    catalog = load_catalog(settings.stack_versions["temporal"])
    is_second = not all(traits.runs_images for traits in possible)
    return Knowledge(catalog, brought_along if is_second else None, names)


def shipped_seeds() -> Seeds:
    """Return the seeds that every project has without a word of its own."""
    return load_seeds([builtin_dir("seeds")])


def _layers(builtin: BuiltinName, own: Path) -> list[Path]:
    """Return the shipped layer below the project's, once where that one is the shipped itself or a copy."""
    shipped = builtin_dir(builtin)
    return [shipped] if is_builtin(own, builtin) else [shipped, own]


def config_warning_sentences(desired: Desired) -> list[str]:
    """Return what to say about the dynamic config before it is used: a few sentences, or their number."""
    found = desired.config_warnings
    if len(found) <= _FEW:
        return [each.sentence for each in found]
    counts = Counter(each.code.value for each in found)
    kinds = ", ".join(f"{count} {code}" for code, count in counts.most_common())
    return [f"dynamic config: {len(found)} warnings ({kinds}); `devenv config lint` shows them"]
