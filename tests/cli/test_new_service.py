"""`new-service` and `remove-service`, on a machine made of fakes and in a project of real files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.scaffold.project import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import CommandLine


def test_a_service_is_written_and_three_commands_follow(devenv: CommandLine) -> None:
    """What was written is said; nothing is applied to a stack that is not up."""
    result = devenv("new-service", "orders", "--lang", "python")
    assert result.code == 0
    assert result.out.startswith("wrote orders/")
    assert "wrote seeds/orders.yaml" in result.out
    steps = result.out.partition("Next:\n")[2].splitlines()
    assert [step.split("  ")[1] for step in steps] == [
        "devenv up",
        "devenv run -- just -f orders/python/justfile setup run",
        "devenv run -- just -f orders/python/justfile start",
    ]
    assert (devenv.project / "orders/python/pyproject.toml").is_file()
    assert devenv.world.store.names() == []


def test_the_document_of_a_service(devenv: CommandLine) -> None:
    """With both languages, unless one is named: there is nobody to ask."""
    document = devenv("new-service", "orders", "-o", "json").document
    assert (document["ok"], document["stack"], document["applied"], document["dry_run"]) == (
        True,
        None,
        False,
        False,
    )
    assert (document["name"], document["language"], document["folder"]) == ("orders", "both", "orders")
    assert all((devenv.project / name).is_file() for name in document["files"])
    assert len(document["next"]) == 3
    assert document["overlays"]["files"] == ["orders/go/compose.yaml", "orders/python/compose.yaml"]


def test_a_dry_run_writes_nothing(devenv: CommandLine) -> None:
    """It names every file."""
    before = sorted(devenv.project.rglob("*"))
    result = devenv("new-service", "orders", "--lang", "go", "--dry-run")
    assert "would write orders/go/go.mod" in result.out
    assert sorted(devenv.project.rglob("*")) == before
    assert devenv("new-service", "orders", "--dry-run", "-o", "json").document["dry_run"]


@pytest.mark.parametrize(("settings", "added"), [(SETTINGS, True), ("", False), (SETTINGS + "#\n", False)])
def test_only_a_settings_file_of_our_own_is_edited(
    devenv: CommandLine, settings: str, *, added: bool
) -> None:
    """For others the lines are printed."""
    devenv.write("devenv.toml", settings)
    result = devenv("new-service", "orders", "--lang", "python")
    now = (devenv.project / "devenv.toml").read_text()
    assert (now != settings) == added
    assert ('overlays = ["orders/python/compose.yaml"]' in result.out) == (not added)
    assert ("added orders/python/compose.yaml to devenv.toml" in result.out) == added


def test_no_worker_is_added_to_a_stack_that_could_not_build_it(devenv: CommandLine) -> None:
    """Without a registry, the next `up` would fail for want of a base image."""
    devenv.write("devenv.toml", SETTINGS)
    assert devenv("up", "--engine", "embedded").code == 0
    result = devenv("new-service", "orders", "--lang", "python")
    assert result.code == 0
    assert "(the stack runs without images from a registry)" in result.out
    assert (devenv.project / "devenv.toml").read_text() == SETTINGS


def test_a_stack_that_is_up_gets_the_service_at_once(running: CommandLine) -> None:
    """Its namespace is there when the command is done, and the next step is to test."""
    result = running("new-service", "orders", "--lang", "python", "-o", "json")
    assert (result.code, result.document["applied"], result.document["stack"]) == (0, True, running.stack)
    assert "orders" in running.world.gateway.registered
    assert result.document["next"][0] == "just -f orders/python/justfile setup test"


def test_a_stack_can_be_left_as_it_is(running: CommandLine) -> None:
    """With `--no-apply`."""
    result = running("new-service", "orders", "--lang", "python", "--no-apply", "-o", "json")
    assert not result.document["applied"]
    assert "orders" not in running.world.gateway.registered
    assert result.document["next"][0] == "devenv up"


def test_what_cannot_be_applied_stays_written(running: CommandLine) -> None:
    """Exit code 1, the reason, and a way on or back."""
    running.write("dynamicconfig/broken.yaml", "- no mapping\n")
    result = running("new-service", "orders", "--lang", "python", "-o", "json")
    assert (result.code, result.error["code"]) == (1, "service-not-applied")
    assert any("broken.yaml" in line for line in result.error["details"])
    assert "devenv remove-service orders" in result.error["hint"]
    assert (running.project / "orders/python/pyproject.toml").is_file()


@pytest.mark.parametrize("name", ["", "..", "a/b", "import", "type", "x" * 300, "temporal-system", "here"])
def test_a_name_that_cannot_be_is_invalid_input(devenv: CommandLine, name: str) -> None:
    """And nothing is written."""
    (devenv.project / "here").mkdir()
    before = sorted(devenv.project.rglob("*"))
    result = devenv("new-service", name, "-o", "json")
    assert (result.code, result.error["code"]) == (3, "name-invalid")
    assert sorted(devenv.project.rglob("*")) == before


def test_a_namespace_that_init_declared_is_used(running: CommandLine) -> None:
    """Its files stay as they are, and what the service needs beside them is applied."""
    running("init", "orders")
    running.write("seeds/orders.yaml", "namespaces: [{name: orders, retention: 5d}] # mine\n")
    document = running("new-service", "orders", "--lang", "python", "-o", "json").document
    assert "seeds/orders-service.yaml" in document["files"]
    assert [each["file"] for each in document["kept"]] == [
        "seeds/orders.yaml",
        "dynamicconfig/namespaces/orders.yaml",
    ]
    assert "OrderTotal" in running.world.gateway.search_attributes(["orders"])["orders"]
    assert running("plan", "--exit-code").code == 0
    running("remove-service", "orders", "--yes")
    assert "# mine" in (running.project / "seeds/orders.yaml").read_text()
    assert not (running.project / "seeds/orders-service.yaml").exists()


def test_a_file_that_is_kept_is_said_with_what_could_be_there(devenv: CommandLine) -> None:
    """For people to copy."""
    devenv("init", "orders")
    out = devenv("new-service", "orders", "--lang", "python").out
    assert "kept seeds/orders.yaml, which the service uses as it is" in out
    assert "limit.blobSize.error: 524288" in out


def test_an_unknown_language_is_a_wrong_command_line(devenv: CommandLine) -> None:
    """Code 2, with the choices."""
    result = devenv("new-service", "orders", "--lang", "rust", "-o", "json")
    assert (result.code, result.error["code"]) == (2, "usage")
    assert "go, python, both" in result.error["message"]


def test_a_service_can_be_put_elsewhere(devenv: CommandLine) -> None:
    """And removed from there."""
    devenv("new-service", "orders", "--lang", "python", "--into", "services")
    assert (devenv.project / "services/orders/python").is_dir()
    assert devenv("remove-service", "orders", "-o", "json").error["code"] == "name-invalid"
    assert devenv("remove-service", "orders", "--into", "services").code == 0
    assert not (devenv.project / "services/orders").exists()


def test_a_go_module_can_be_named(devenv: CommandLine) -> None:
    """In place of the example."""
    devenv("new-service", "orders", "--lang", "go", "--module", "acme.dev/orders")
    assert (devenv.project / "orders/go/go.mod").read_text().startswith("module acme.dev/orders\n")


def test_the_next_commands_suit_the_directory(devenv: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are typed in another project's stead, they say so."""
    monkeypatch.chdir(devenv.project.parent)
    document = devenv("new-service", "orders", "--lang", "go", "-C", "shop", "-o", "json").document
    assert document["next"][1:] == [
        "devenv -C shop run -- just -f shop/orders/go/justfile setup run",
        "devenv -C shop run -- just -f shop/orders/go/justfile start",
    ]


@pytest.fixture
def orders(devenv: CommandLine) -> Path:
    """Return the folder of a service that was just written."""
    assert devenv("new-service", "orders", "--lang", "python").code == 0
    return devenv.project / "orders"


def test_removing_says_what_is_gone_and_what_is_not(devenv: CommandLine, orders: Path) -> None:
    """The server keeps the namespace."""
    result = devenv("remove-service", "orders")
    assert (result.code, orders.exists()) == (0, False)
    assert "removed orders/" in result.out
    assert "devenv namespace delete orders" in result.out


def test_a_changed_service_is_removed_after_a_yes_only(devenv: CommandLine, orders: Path) -> None:
    """Without a terminal that is a flag; what is at stake is said."""
    (orders / "python/README.md").write_text("mine\n")
    result = devenv("remove-service", "orders", "-o", "json")
    assert (result.code, result.error["details"]) == (9, ["orders/python/README.md"])
    assert orders.exists()
    assert devenv("remove-service", "orders", "--yes").code == 0
    assert not orders.exists()


def test_an_overlay_in_ones_own_settings_is_pointed_out(devenv: CommandLine, orders: Path) -> None:
    """The next `up` would miss it."""
    devenv.write("devenv.toml", '[compose]\noverlays = ["orders/python/compose.yaml"]\n')
    result = devenv("remove-service", "orders")
    assert "Take orders/python/compose.yaml out of `overlays`" in result.out
