"""What is made gets the labels by which it is found again."""

from __future__ import annotations

from pathlib import Path

import yaml

from devenv.engines.compose import labels
from devenv.engines.protocol import StackIdentity
from devenv.overlays.model import RESERVED_LABELS
from devenv.project.builtin import builtin_dir

SHOP = StackIdentity("shop", Path("/projects/shop"), 1000)


def test_the_stack_file_writes_out_the_same_labels() -> None:
    """Compose sets those of the stack file, this module those of a stack with overlays."""
    stack_file = yaml.safe_load((builtin_dir("compose") / "stack.yaml").read_text())
    written = set(labels.labels_of(SHOP))
    assert set(stack_file["x-labels"]) == written
    for section, expected in (("services", written | {labels.STATE}), ("volumes", written)):
        for name, item in stack_file[section].items():
            assert expected <= set(item["labels"]), f"{section}.{name}"


def test_what_gets_the_labels_is_found_by_them() -> None:
    """Whatever labels it has beside them; that of another user or stack is not."""
    made = labels.with_labels({"labels": {"team": "a"}}, {}, labels.labels_of(SHOP))["labels"]
    assert labels.is_own(made, SHOP)
    for other in (StackIdentity("bank", SHOP.project, 1000), StackIdentity("shop", SHOP.project, 1001)):
        assert not labels.is_own(made, other)
    assert not labels.is_own(None, SHOP)
    asked = labels.filters_of(SHOP, {labels.COMPOSE_SERVICE: "ui"})["label"]
    assert set(asked) <= {f"{name}={value}" for name, value in {**made, labels.COMPOSE_SERVICE: "ui"}.items()}


def test_what_is_external_gets_none() -> None:
    """It is somebody else's, so that nothing of devenv may remove it."""
    assert labels.with_labels({"external": True}, {}, labels.labels_of(SHOP)) == {"external": True}


def test_no_overlay_may_write_one() -> None:
    """It could make its own things the stack's, or the stack's somebody else's."""
    names = [value for name, value in vars(labels).items() if name.isupper() and isinstance(value, str)]
    assert len(names) == 11
    assert all(name.startswith(RESERVED_LABELS) for name in names if name)
