"""Series of the server get the name of their namespace that people know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import yaml
from fakes.engine import FakeEngine, RecordingReporter

from devenv.addons import AddonContext, module_of
from devenv.addons.observability.dashboards import folder
from devenv.addons.observability.labels import relabelling
from devenv.engines.protocol import StackIdentity
from devenv.project.services import Ports

if TYPE_CHECKING:
    from devenv.addons import AddonModule

NOWHERE = Path("/nowhere")
SHOP = {"if": '{namespace="my_shop"}', "target_label": "declared_namespace", "replacement": "my-shop"}


def test_a_name_that_the_server_writes_otherwise_gets_a_rule() -> None:
    """The others have their name already."""
    assert yaml.safe_load(relabelling(["orders", "my-shop", "a_b"])) == [SHOP]


@pytest.mark.parametrize("namespaces", [[], ["my-shop", "my.shop"], ["my_shop", "my-shop"], ["50%{HOME}$1"]])
def test_a_name_that_cannot_be_told_gets_none(namespaces: list[str]) -> None:
    """Two that are one to the server, or what a rule would not take as it is written."""
    assert relabelling(namespaces) == ""


def test_the_rules_come_after_those_of_the_folder() -> None:
    """Which stay; without a name that needs one the folder's own file is mounted."""
    module = cast("AddonModule", module_of("observability"))
    stack = StackIdentity("shop", Path("/projects/shop"), 1000)
    context = AddonContext(stack, FakeEngine(), Ports({}), {}, RecordingReporter(), NOWHERE, NOWHERE)
    files = module.prepare(context, ["orders", "my-shop"])
    shipped = (folder() / "relabel.yaml").read_text()
    assert yaml.safe_load(files["relabel.yaml"]) == [*yaml.safe_load(shipped), SHOP]
    assert "relabel.yaml" not in module.prepare(context, ["orders"])
