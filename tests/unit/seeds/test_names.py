from __future__ import annotations

import pytest

from devenv.project.names import (
    NAMESPACE_OF_THE_SERVER,
    check_free_name,
    check_name,
    check_namespace_name,
)
from devenv.seeds.attributes import check_attribute_name
from devenv.seeds.kinds.nexus_endpoint import check_endpoint_name
from devenv.temporal.protocol import SYSTEM_NAMESPACE


@pytest.mark.parametrize("name", ["a", "orders", "pnats-dev", "Orders.v2_x", "größe", "x" * 255])
def test_an_ordinary_name_is_accepted(name: str) -> None:
    """Namespaces may be called what their people call them."""
    assert check_namespace_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "a name is missing"),
        ("x" * 256, "at most 255 characters, this one has 256"),
        ("a b", "holds a space"),
        ("a/b", "holds a slash"),
        ("a\tb", "holds the character U\\+0009"),
        ("a\u00a0b", "holds the character U\\+00A0"),
        ("a\u200bb", "holds the character U\\+200B"),
    ],
)
def test_a_name_that_would_not_survive_a_log_or_a_path_is_refused(name: str, reason: str) -> None:
    """The reason names the character, which may be invisible."""
    with pytest.raises(ValueError, match=reason):
        check_name(name)


def test_the_server_keeps_its_own_namespace() -> None:
    """`temporal-system` cannot be declared."""
    with pytest.raises(ValueError, match="belongs to the server"):
        check_namespace_name("temporal-system")


@pytest.mark.parametrize("name", ["payments", "a1", "my-endpoint-2", "x" * 200])
def test_an_endpoint_name_that_the_server_takes_is_accepted(name: str) -> None:
    """The rule is the server's."""
    assert check_endpoint_name(name) == name


@pytest.mark.parametrize("name", ["a", "1a", "a-", "a_b", "a.b", "ab\n", "x" * 201])
def test_an_endpoint_name_that_the_server_refuses_is_refused_here(name: str) -> None:
    """It is refused before anything is created."""
    with pytest.raises(ValueError, match="endpoint"):
        check_endpoint_name(name)


@pytest.mark.parametrize(
    "name", ["CustomerId", "Keyword1", "Keyword001", "MyInt01", "Temperature", "ScheduleId"]
)
def test_a_search_attribute_of_ones_own_is_accepted(name: str) -> None:
    """Names that only look like the server's are free."""
    assert check_attribute_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "ExecutionStatus",
        "WorkflowId",
        "Memo",
        "BuildIds",
        "TemporalChangeVersion",
        "Temporal",
        "Keyword01",
        "Bool99",
    ],
)
def test_a_search_attribute_of_the_server_is_refused(name: str) -> None:
    """System names, the prefix, and the columns that SQL databases number."""
    with pytest.raises(ValueError, match=name):
        check_attribute_name(name)


def test_a_search_attribute_that_no_query_can_name_is_refused() -> None:
    """Else one would wait in vain until it can be queried: nothing escapes a backtick."""
    with pytest.raises(ValueError, match="no query could name it"):
        check_attribute_name("a`b")


@pytest.mark.parametrize(
    "name",
    [
        "Order Total",
        "a@b",
        "a.b",
        "a-b",
        "a/b",
        "a'b",
        'a"b',
        "a\\b",
        "1st",
        "select",
        " a ",
        "größe",
        "x" * 300,
    ],
)
def test_a_search_attribute_may_have_every_name_that_the_server_takes(name: str) -> None:
    """Tried on both engines; a query names it between backticks."""
    assert check_attribute_name(name) == name


@pytest.mark.parametrize("name", ["a\tb", "a\nb", "a\u202eb", "a\u200bb", "a\u2028b"])
def test_a_name_that_nobody_could_read_is_refused(name: str) -> None:
    """The server would take it; the reason names the character."""
    for check in (check_attribute_name, check_free_name):
        with pytest.raises(ValueError, match="holds the character U"):
            check(name)


@pytest.mark.parametrize("name", ["Night Report", "com.shop/Order", "a b/c"])
def test_workflows_and_their_task_queues_are_called_as_their_people_like(name: str) -> None:
    """Nothing of ours stands in a path with their names."""
    assert check_free_name(name) == name


@pytest.mark.parametrize("name", ["${NS}", "a-${NS:-b}", "{{ .Values.ns }}", "$(NS)", "<%= ns %>"])
def test_a_placeholder_is_no_name(name: str) -> None:
    """Nothing expands it, and a namespace of that name would be made."""
    for check in (check_namespace_name, check_free_name, check_attribute_name):
        with pytest.raises(ValueError, match="nothing expands"):
            check(name)


def test_the_namespace_of_the_server_is_the_same_for_all() -> None:
    """Layers that may not know each other name it both."""
    assert NAMESPACE_OF_THE_SERVER == SYSTEM_NAMESPACE
