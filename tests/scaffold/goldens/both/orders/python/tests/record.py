"""Adds the history of a workflow to the replay tests: `just record WORKFLOW-ID`."""

import asyncio
import json
import sys
from pathlib import Path

from orders.connection import connected

HISTORIES = Path(__file__).parent / "histories"


async def record(workflow_id: str) -> Path:
    """Save the history of the last run of a workflow; return the file."""
    async with connected() as client:
        recorded = await client.get_workflow_handle(workflow_id).fetch_history()
    history = json.loads(recorded.to_json())
    HISTORIES.mkdir(exist_ok=True)
    path = HISTORIES / f"{workflow_id}.json"
    path.write_text(json.dumps(_anonymous(history), indent=1) + "\n", encoding="utf-8")
    return path


def _anonymous(value: object) -> object:
    """Return `value` without the names of machines and processes: replay does not read them."""
    if isinstance(value, dict):
        if "normalName" in value:  # a sticky queue is called after its worker's machine
            value = {**value, "name": value["normalName"]}
        return {key: _anonymous(item) for key, item in value.items() if key != "identity"}
    return [_anonymous(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    print(asyncio.run(record(sys.argv[1])))
