"""Read the dynamic config of a project: layers of directories, later ones winning.

The shape of the files is checked by the parser; whether the server knows a key is asked by `lint`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.dynamicconfig.findings import Code, Finding, Severity
from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.dynamicconfig.parse import ParsedFile, parse_file, parse_text
from devenv.errors import DynamicConfigInvalidError
from devenv.files.text import display_path, yaml_files
from devenv.project.builtin import builtin_dir, project_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from devenv.dynamicconfig.catalog.model import Catalog
    from devenv.dynamicconfig.model import Identity
    from devenv.dynamicconfig.parse import RawItem

_NAMESPACES = "namespaces"


@dataclass(frozen=True, slots=True)
class Layer:
    """The files of one directory, as they were parsed."""

    directory: Path
    files: tuple[ParsedFile, ...]
    is_builtin: bool = False

    @property
    def findings(self) -> Iterator[Finding]:
        """What is wrong with the shape of the files."""
        for file in self.files:
            yield from file.findings


def load_dynamic_config(directories: Sequence[Path], root: Path | None = None) -> DynamicConfig:
    """Merge the dynamic config files of all `directories`.

    A later one replaces the value of an earlier one for the same key and constraints. A directory that
    is not there is an empty layer. `root` is that of `read_layers`.

    Raises:
        DynamicConfigInvalidError: With the first fault of all files as its message and the rest as details.
    """
    layers = read_layers(directories, root)
    refuse_errors(finding for layer in layers for finding in layer.findings)
    return merge_layers(layers)


def load_text(text: str, source: str) -> DynamicConfig:
    """Return the entries of one file in server form; `source` names it.

    Raises:
        DynamicConfigInvalidError: As `load_dynamic_config`.
    """
    # Absolute, because the working directory may be gone.
    layer = Layer(Path("/", source).parent, (parse_text_alone(text, source),))
    refuse_errors(layer.findings)
    return merge_layers([layer])


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Raise what `load_dynamic_config` raises if there is an error among `findings`."""
    sentences = [each.sentence for each in findings if each.severity is Severity.ERROR]
    if sentences:
        raise DynamicConfigInvalidError(sentences[0], details=sentences[1:])


def read_layers(directories: Sequence[Path], root: Path | None = None) -> list[Layer]:
    """Parse the files of all `directories`; faults become their findings.

    A file must lie in the project at `root` once links are followed, without one in the project of its
    directory; those that devenv ships lie anywhere.
    """
    return [_read_layer(directory, project_of(directory, "dynamicconfig", root)) for directory in directories]


def merge_layers(layers: Sequence[Layer], catalog: Catalog | None = None) -> DynamicConfig:
    """Return the effective entries, without shipped ones whose key `catalog` does not know."""
    merged: dict[Identity, Entry] = {}
    for layer in layers:
        merged |= _entries(layer, catalog if layer.is_builtin else None)
    return DynamicConfig(tuple(merged[identity] for identity in sorted(merged)))


def _entries(layer: Layer, catalog: Catalog | None) -> dict[Identity, Entry]:
    entries: dict[Identity, Entry] = {}
    for file in layer.files:
        for item in file.items:
            if catalog is None or catalog.find(item.key) is not None:
                entry = to_entry(item, file, layer)
                entries.setdefault(entry.identity, entry)
    return entries


def to_entry(item: RawItem, file: ParsedFile, layer: Layer) -> Entry:
    """Return the entry of an item of a file."""
    line, column = item.at
    place = f"{file.source}:{line}:{column}"
    return Entry(item.key, item.value, item.constraint_values, place, str(layer.directory.absolute()))


def _read_layer(directory: Path, root: Path | None) -> Layer:
    files = tuple(_parse_all(directory, root))
    _find_same_constraints(files)
    return Layer(directory, files, is_builtin=directory == builtin_dir("dynamicconfig"))


def _parse_all(directory: Path, root: Path | None) -> Iterator[ParsedFile]:
    for folder, is_for_namespaces in ((directory, False), (directory / _NAMESPACES, True)):
        try:
            paths = yaml_files(folder, DynamicConfigInvalidError)
        except DynamicConfigInvalidError as error:
            yield _refused(folder, error.message.removeprefix(f"{display_path(folder)}: "))
            return
        for path in paths:
            yield parse_file(path, path.stem if is_for_namespaces else None, inside=root)


def _refused(path: Path, reason: str) -> ParsedFile:
    parsed = ParsedFile(display_path(path))
    parsed.report(Code.UNREADABLE_FILE, (1, 1), reason)
    return parsed


def _find_same_constraints(files: Sequence[ParsedFile]) -> None:
    first: dict[tuple[Any, ...], tuple[RawItem, ParsedFile]] = {}
    for file in files:
        for item in file.items:
            if item.flaw is not None:  # its constraints are unknown
                continue
            known, known_file = first.setdefault(item.identity, (item, file))
            # A repeated key in one file has a finding of its own.
            is_told = known_file is file and known.key_at != item.key_at
            if known is not item and not is_told:
                line, column = known.at
                message = f"{named(item)} has a value already at {known_file.source}:{line}:{column}"
                advice = "the server uses the first: remove one"
                file.report(Code.SAME_CONSTRAINTS, item.at, message, key=item.key, suggestion=advice)


def parse_alone(path: Path) -> ParsedFile:
    """Parse one file in server form, whatever project it lies in."""
    parsed = parse_file(path)
    _find_same_constraints([parsed])
    return parsed


def parse_text_alone(text: str, source: str) -> ParsedFile:
    """Parse the text of one file in server form; `source` names it."""
    parsed = ParsedFile(source)
    parse_text(text, parsed)
    _find_same_constraints([parsed])
    return parsed


def named(item: RawItem) -> str:
    """Name a value by its key and constraints."""
    if not item.constraints:
        return f'the key "{item.key}"'
    pairs = sorted((each.name, each.value) for each in item.constraints)
    return f'the key "{item.key}" for {{{", ".join(f"{name}: {value}" for name, value in pairs)}}}'
