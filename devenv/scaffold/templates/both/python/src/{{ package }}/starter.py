"""Makes one report, outside its schedule, and prints what became of it."""

import argparse
import asyncio
import json
import sys
import uuid
from dataclasses import asdict

from .connection import connected
from .models import ReportRequest
from .settings import Settings
from .workflows import DailyReport


def read(arguments: list[str]) -> ReportRequest:
    """Understand the command line."""
    parser = argparse.ArgumentParser(prog="starter", description=__doc__)
    parser.add_argument("--source", default="orders", help="what to report on")
    return ReportRequest(parser.parse_args(arguments).source)


async def main(arguments: list[str]) -> None:
    """Do as the command line says."""
    request = read(arguments)
    settings = Settings.from_environment()
    async with connected() as client:
        result = await client.execute_workflow(
            DailyReport.run,
            request,
            id=f"report-{uuid.uuid4().hex[:8]}",
            task_queue=settings.task_queue,
        )
    print(json.dumps(asdict(result), indent=2))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
