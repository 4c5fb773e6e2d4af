"""Which references a stack of given versions is made of."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from devenv.images.catalog import (
    content_hash,
    images_directory,
    official_family,
    stand_in_family,
    stand_in_recipes,
    stand_ins,
)
from devenv.project.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

VERSIONS = {"temporal": "1.32.2", "ui": "2.55.0", "postgres": "17", "opensearch": "3.6.0"}
POSTGRES_16 = VERSIONS | {"postgres": "16"}


@pytest.fixture
def dockerfiles(tmp_path: Path) -> Path:
    """A copy of the shipped Dockerfiles, to change."""
    return shutil.copytree(images_directory(), tmp_path / "images")


def test_official_images_carry_the_versions_of_the_settings() -> None:
    assert official_family(VERSIONS).refs == {
        "postgres": "postgres:17",
        "opensearch": "opensearchproject/opensearch:3.6.0",
        "temporal": "temporalio/server:1.32.2",
        "admin-tools": "temporalio/admin-tools:1.32.2",
        "ui": "temporalio/ui:2.55.0",
    }


def test_a_component_that_the_stack_does_not_have_needs_no_image() -> None:
    """Of both families alike."""
    versions = Settings(visibility="postgres").stack_versions
    assert official_family(versions).refs.keys() == {"postgres", "temporal", "admin-tools", "ui"}
    assert official_family(versions).refs.keys() == stand_in_family(versions).refs.keys()


def test_both_families_have_the_same_services() -> None:
    assert official_family(VERSIONS).refs.keys() == stand_in_family(VERSIONS).refs.keys()


def test_a_stand_in_is_named_after_its_version_and_its_content() -> None:
    for image in stand_in_family(VERSIONS).images:
        assert re.fullmatch(r"temporal-devenv/[a-z-]+:[0-9.]+-[0-9a-f]{12}", image.ref)
    assert stand_in_family(VERSIONS).refs["temporal"].startswith("temporal-devenv/server:1.32.2-")


def test_every_image_names_the_setting_that_chose_it() -> None:
    for family in (official_family(VERSIONS), stand_in_family(VERSIONS)):
        settings = {image.service: image.setting for image in family.images}
        assert settings["temporal"] == settings["admin-tools"] == "versions.temporal"
        assert settings["postgres"] == "versions.postgres"


def test_references_are_the_same_wherever_the_files_lie(dockerfiles: Path) -> None:
    assert _hashes(dockerfiles) == _hashes(images_directory())


def _hashes(directory: Path) -> dict[str, str]:
    return {recipe.service: content_hash(recipe, directory) for recipe in stand_in_recipes(VERSIONS)}


def _append(name: str) -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        with (directory / name).open("a") as file:
            file.write("\n")

    return change


def _add_source(directory: Path) -> None:
    (directory / "postgres" / "further.sql").touch()


def _rename_source(directory: Path) -> None:
    (directory / "opensearch" / "pom.xml").rename(directory / "opensearch" / "qom.xml")


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (_append("temporal.Dockerfile"), {"temporal", "admin-tools"}),
        (_append("ui.Dockerfile"), {"ui"}),
        (_append("postgres/docker-entrypoint.sh"), {"postgres"}),
        (_append("opensearch/config/jvm.options"), {"opensearch"}),
        (_append("maven/maven.sh"), {"opensearch"}),
        (_add_source, {"postgres"}),
        (_rename_source, {"opensearch"}),
    ],
)
def test_a_changed_ingredient_changes_exactly_the_images_it_goes_into(
    dockerfiles: Path, change: Callable[[Path], None], changed: set[str]
) -> None:
    before = _hashes(dockerfiles)
    change(dockerfiles)
    after = _hashes(dockerfiles)
    assert {service for service in before if before[service] != after[service]} == changed


def test_another_version_is_another_image_although_the_files_are_the_same() -> None:
    other = VERSIONS | {"temporal": "1.31.2"}
    digests = [stand_in_family(item).refs["temporal"].rpartition("-")[2] for item in (VERSIONS, other)]
    assert digests[0] != digests[1]


@pytest.mark.parametrize("versions", [VERSIONS, POSTGRES_16])
def test_the_hash_covers_every_file_that_a_dockerfile_copies(versions: Mapping[str, str]) -> None:
    """A `COPY` of something that the recipe does not name would go unnoticed when it changes."""
    for item in stand_ins(versions):
        text = (images_directory() / item.recipe.dockerfile).read_text()
        for arguments in re.findall(r"^COPY (?!.*--from)(.*)$", text, re.MULTILINE):
            sources = [word for word in arguments.split() if not word.startswith("--")][:-1]
            assert {source.split("/")[0] for source in sources} <= set(item.recipe.sources)


@pytest.mark.parametrize("versions", [VERSIONS, POSTGRES_16])
def test_every_build_argument_is_declared_and_every_target_exists(versions: Mapping[str, str]) -> None:
    for item in stand_ins(versions):
        text = (images_directory() / item.recipe.dockerfile).read_text()
        assert re.search(rf"^FROM .* AS {item.recipe.name}$", text, re.MULTILINE)
        for argument in (*item.recipe.build_args, "BASE"):
            assert re.search(rf"^ARG {argument}$", text, re.MULTILINE)


def test_no_dockerfile_needs_a_registry() -> None:
    """A `# syntax=` line or a foreign `FROM` would be pulled."""
    for path in images_directory().glob("*.Dockerfile"):
        stages: set[str] = set()
        for line in path.read_text().splitlines():
            assert not line.startswith("# syntax=")
            if match := re.match(r"FROM (\S+) AS (\S+)", line):
                assert match[1] == "${BASE}" or match[1] in stages
                stages.add(match[2])


def test_the_images_of_temporal_share_their_first_stages_word_for_word() -> None:
    """Else BuildKit would install Go twice."""
    stages = [_stages((images_directory() / f"{name}.Dockerfile").read_text()) for name in ("temporal", "ui")]
    for name in ("toolchain", "runtime"):
        assert stages[0][name] == stages[1][name]


def _stages(text: str) -> dict[str, str]:
    instructions = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    parts = re.split(r"^FROM \S+ AS (\S+)$", instructions, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}
