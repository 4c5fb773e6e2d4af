"""The table of services, beside the files that have the same things in other words."""

from __future__ import annotations

import re
from typing import get_args

import yaml

from devenv.project.builtin import builtin_dir
from devenv.project.services import (
    ADMIN_TOOLS,
    IMAGES,
    PORTS,
    SERVICES,
    ComponentName,
    Ports,
    ServiceImage,
    port_variable,
)
from devenv.project.settings import Versions
from devenv.project.versions import shipped_components

STACK_FILE = (builtin_dir("compose") / "stack.yaml").read_text()
STACK = yaml.safe_load(STACK_FILE)


def test_the_stack_file_runs_the_images_of_the_table_at_their_default_versions() -> None:
    """What `docker compose up` runs without devenv is what devenv runs."""
    defaults = shipped_components()

    def written(image: ServiceImage) -> str:
        return f"${{{image.variable}:-{image.repository}:{defaults[image.version].default}}}"

    expected = {each.name: written(each.image) for each in SERVICES}
    expected |= dict.fromkeys(("sql-schema", "visibility-index"), written(ADMIN_TOOLS))
    assert {name: service["image"] for name, service in STACK["services"].items()} == expected


def test_the_stack_file_publishes_the_ports_of_the_table() -> None:
    """By their variables, with their defaults, each at the service that has it."""
    published = {
        name: re.findall(r"\$\{(\w+_PORT):-(\d+)\}", " ".join(service.get("ports", ())))
        for name, service in STACK["services"].items()
        if service.get("ports")
    }
    assert published == {
        each.name: [(port_variable(port.name), str(port.default)) for port in each.ports]
        for each in SERVICES
        if each.ports
    }


def test_every_version_of_the_table_can_be_set() -> None:
    """`[versions]` has a field for each, and the versions file a table; the CLI's comes with the wheel."""
    versions = {image.version for image in IMAGES}
    assert set(Versions.model_fields) == versions
    assert versions == set(get_args(ComponentName)) - {"cli"}


def test_ports_are_found_by_name_and_move_together() -> None:
    """The usual ones are those of the table."""
    usual = Ports()
    assert {name: usual[name] for name in ("grpc", "ui", "http")} == {p.name: p.default for p in PORTS}
    assert usual.moved(2) == Ports.of(grpc=7235, ui=8235, http=7245)
    assert Ports.of(grpc=1, ui=2, http=3, bind="0.0.0.0").address("ui") == "127.0.0.1:2"  # noqa: S104
