"""A service as `new-service` writes it, on the real stack: it works, it undoes, it survives its own death."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import toolchain
from e2e.polling import eventually
from e2e.services import Service, activities, attempts, failure_of, run, running
from e2e.workflows import found_by
from temporalio.client import WorkflowUpdateFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.services import Handle
    from e2e.stacks import Stack, Yard

pytestmark = [pytest.mark.stack, pytest.mark.toolchain]

LANGUAGES = ("go", "python", "both")
PROGRAMS = {"go": ("go", "just"), "python": ("uv", "just"), "both": ("go", "uv", "just")}
REPLAY = {
    "go": ("go", "test", "-v", "./internal/worker", "-run", "TestReplay"),
    "python": ("just", "test", "-v", "tests/test_replay.py"),
}
VALIDATE, PAY, RESERVE = "ValidateOrder", "ProcessPayment", "ReserveInventory"
SHIP, CONFIRM = "ShipOrder", "SendConfirmation"
REFUND, RELEASE, CALL_BACK = "RefundPayment", "ReleaseInventory", "CancelShipment"


@pytest.fixture(scope="module")
def plant(module_yard: Yard) -> Stack:
    """Return a stack that was up before it had any service."""
    stack = module_yard.project("plant")
    stack.up()
    return stack


@pytest.fixture(scope="module")
def installed_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return variables with which the services share what `uv` installs."""
    return {"UV_PROJECT_ENVIRONMENT": str(tmp_path_factory.mktemp("shared") / "venv")}


@pytest.fixture(scope="module", params=LANGUAGES)
def service(
    plant: Stack, installed_once: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[Service]:
    """Yield a service that was added to the running stack; its workers run."""
    language = request.param
    toolchain.demand(*PROGRAMS[language])
    name = f"{language}-orders"
    answer = plant.cli.answer("new-service", name, "--lang", language)
    assert answer["applied"]
    made = Service(plant, name, language, installed_once)
    made.prepare()
    with running(made):
        yield made


def test_an_order_completes_and_is_found(service: Service) -> None:
    """By the starter's own word, and by the search attributes that were declared for it."""
    customer = f"{service.name}-customer"
    done = service.just("start", "--customer", customer, "--quantity", "2")
    assert done.returncode == 0, done
    result = json.loads(done.stdout)
    assert result["status"] == "confirmed"
    assert all(result[key] for key in ("payment_id", "reservation_id", "shipment_id"))
    query = f"CustomerId = '{customer}' AND OrderStatus = 'confirmed' AND OrderTotal = 39.98"
    found = eventually(lambda: found_by(service.stack.grpc, service.name, query))
    assert found == [f"order-{result['order_id']}"]


def test_status_tells_who_polls(service: Service) -> None:
    """For tasks of both kinds, on the task queue of each half."""
    polled = {
        queue["name"]: [tasks["kind"] for tasks in queue["tasks"] if tasks["pollers"]]
        for queue in service.stack.cli.answer("status")["task_queues"]
    }
    for half in service.halves:
        assert polled[f"{service.name}-{half}"] == ["workflow", "activity"]


def test_a_starter_tells_of_an_order_that_failed(service: Service) -> None:
    """With its reason, and with an exit code."""
    done = service.just("start", "--customer", "declined-eve")
    assert done.returncode != 0
    assert "PaymentDeclined" in done.stderr


@pytest.mark.parametrize(
    ("changes", "failure", "saga", "child", "status"),
    [
        ({"quantity": 0}, "InvalidOrder", [VALIDATE], None, "rejected"),
        ({"customer_id": "declined-eve"}, "PaymentDeclined", [VALIDATE, PAY, REFUND], None, "compensated"),
        (
            {"sku": "out-of-stock"},
            "OutOfStock",
            [VALIDATE, PAY, RESERVE, RELEASE, REFUND],
            None,
            "compensated",
        ),
        (
            {"address": "nowhere"},
            "Undeliverable",
            [VALIDATE, PAY, RESERVE, RELEASE, REFUND],
            [SHIP, CALL_BACK],
            "compensated",
        ),
    ],
    ids=["validate", "pay", "reserve", "ship"],
)
def test_a_step_that_fails_is_undone_with_those_before_it(
    service: Service,
    changes: dict[str, Any],
    failure: str,
    saga: list[str],
    child: list[str] | None,
    status: str,
) -> None:
    """Exactly those, in reverse order; the child workflow undoes its own first."""

    async def fail() -> None:
        handle = await service.place(**changes)
        assert await failure_of(handle) == failure
        assert await activities(handle) == saga
        if child is not None:
            assert await activities(await service.child_of(handle)) == child
        assert (await handle.query("order_state"))["status"] == status

    run(fail())


def test_a_letter_that_cannot_be_sent_undoes_nothing(service: Service) -> None:
    """The order stays fulfilled."""

    async def place() -> None:
        handle = await service.place(customer_id="no-mail-joe")
        assert (await handle.result())["status"] == "fulfilled"
        assert not {REFUND, RELEASE} & set(await activities(handle))

    run(place())


def test_a_running_order_can_be_talked_to(service: Service) -> None:
    """Signal, query and update; the validator's refusal is not in the history."""

    async def talk() -> None:
        handle = await service.place(sku="slow", quantity=3)
        await handle.signal("add_note", "ring twice")
        changed = await handle.execute_update("change_address", "2 Side Street")
        assert changed["address"] == "2 Side Street"
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update("change_address", "")
        assert (await handle.result())["status"] == "confirmed"
        state = await handle.query("order_state")
        assert (state["notes"], state["address"]) == (["ring twice"], "2 Side Street")

    run(talk())


def test_a_cancelled_order_is_undone(service: Service) -> None:
    """In the middle of a step."""

    async def cancel() -> None:
        handle = await service.place(sku="slow", quantity=4)
        await reserving(handle)
        await handle.cancel()
        with pytest.raises(Exception, match=r"[Cc]ancel|failed"):
            await handle.result()
        assert (await activities(handle))[-2:] == [RELEASE, REFUND]
        assert (await handle.query("order_state"))["status"] == "compensated"

    run(cancel())


async def reserving(handle: Handle) -> None:
    """Wait until an order is in the middle of its slow step."""
    for _ in range(300):
        description = await handle.describe()
        pending = description.raw_description.pending_activities
        if any(
            activity.activity_type.name == RESERVE and activity.HasField("last_started_time")
            for activity in pending
        ):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{handle.id} never came to reserve")


def test_a_worker_that_is_killed_loses_nothing_and_repeats_nothing(service: Service) -> None:
    """With SIGKILL in the middle of the saga; another worker completes it, and every step was done once."""

    async def begin() -> Handle:
        handle = await service.place(sku="slow", quantity=6)
        await reserving(handle)
        return handle

    identifier = run(begin()).id
    service.kill_workers()
    service.start_workers()

    async def end() -> str:
        handle = (await service.client()).get_workflow_handle(identifier)
        assert (await handle.result())["status"] == "confirmed"
        assert await attempts(handle, RESERVE) > 1
        return identifier

    run(end())
    order = identifier.removeprefix("order-")
    assert service.effects(order) == {"payment": 1, "reservation": 1, "shipment": 1, "mail": 1}


def test_the_declared_schedule_fires(service: Service) -> None:
    """On the queue of the half that reports; the report completes."""
    schedule = service.declared_schedule()
    triggered = service.stack.temporal("schedule", "trigger", "-n", service.name, "--schedule-id", schedule)
    assert triggered.exit == 0, triggered
    query = "WorkflowType = 'DailyReport' AND ExecutionStatus = 'Completed'"
    assert eventually(lambda: found_by(service.stack.grpc, service.name, query))


def test_the_integration_tests_of_a_service_pass(service: Service) -> None:
    """And fail where they are not told of a server."""
    done = service.just("integration")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    command = ("just", "-f", service.justfile, "integration")
    alone = toolchain.run(*command, cwd=service.stack.project, **service.variables)
    assert alone.returncode != 0
    assert "TEMPORAL_ADDRESS" in alone.stdout + alone.stderr


def test_a_history_is_recorded_for_the_replay_tests(service: Service) -> None:
    """By the recipe, without the name of a machine, and by `devenv history export`; both replay."""

    async def place() -> str:
        handle = await service.place()
        await handle.result()
        return handle.id

    identifier = run(place())
    recorded = service.just("record", identifier, half=service.saga_half)
    assert recorded.returncode == 0, recorded
    [path] = service.folder(service.saga_half).rglob(f"{identifier}.json")
    assert "identity" not in path.read_text()
    which = ("-n", service.name, "--workflow-id", identifier)
    exported = service.stack.cli.answer("history", "export", *which, "--into", str(path.parent))
    [history] = exported["histories"]
    half = service.saga_half
    told = toolchain.succeed(*REPLAY[half], cwd=service.folder(half), **service.variables)
    assert f"{identifier}\n" in told.replace("]", "\n").replace(" ", "\n")
    assert history["path"].removesuffix(".json") in told
