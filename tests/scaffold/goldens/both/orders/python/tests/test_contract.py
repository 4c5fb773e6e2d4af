"""Payloads between the halves: what ../contract holds is what both read and write."""

import json
from pathlib import Path

import pytest
from temporalio.converter import DataConverter

from orders.models import FulfillRequest, FulfillResult

CONTRACT = Path(__file__).parents[2] / "contract"
PAYLOADS = {"fulfill_request.json": FulfillRequest, "fulfill_result.json": FulfillResult}


def test_every_payload_of_the_contract_is_tested() -> None:
    """A new one cannot be forgotten."""
    assert {path.name for path in CONTRACT.glob("*.json")} == set(PAYLOADS)


@pytest.mark.parametrize(("name", "kind"), PAYLOADS.items())
def test_a_payload_is_read_and_written_as_agreed(name: str, kind: type) -> None:
    """Without a field too few or too many."""
    agreed = json.loads((CONTRACT / name).read_text(encoding="utf-8"))
    converter = DataConverter.default.payload_converter
    value: object = converter.from_payload(converter.to_payload(agreed), kind)
    assert isinstance(value, kind)
    assert json.loads(converter.to_payload(value).data) == agreed
