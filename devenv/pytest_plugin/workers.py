"""Workers for the time of a test."""

from __future__ import annotations

import asyncio
import inspect
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from temporalio.worker import Worker

if TYPE_CHECKING:
    from types import TracebackType

    from temporalio.client import Client

# As many as the worker runs at once by default; a thread begins when there is work for it.
_ACTIVITY_THREADS = 100


class WorkerContext:
    """A worker as a context: `async with` for the running event loop, `with` for a thread of its own."""

    def __init__(self, client: Client, settings: dict[str, Any]) -> None:
        self._client = client
        self._settings = {"task_queue": f"test-{uuid.uuid4().hex[:8]}", **settings}
        self._open = AsyncExitStack()
        self._thread = ThreadPoolExecutor(1)
        self._finished: Future[None] = Future()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Worker:
        return await self._open.enter_async_context(self._worker())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._open.__aexit__(kind, error, traceback)

    def __enter__(self) -> Worker:
        started: Future[Worker] = Future()
        self._finished = self._thread.submit(asyncio.run, self._run(started))
        # A worker that cannot start ends the thread's work, and has the error there.
        self._finished.add_done_callback(lambda done: _pass_on(done, started))
        return started.result()

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._stop is not None and not self._finished.done():
            self._loop.call_soon_threadsafe(self._stop.set)
        try:
            self._finished.result()
        finally:
            self._thread.shutdown()

    async def _run(self, started: Future[Worker]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self as worker:
            started.set_result(worker)
            await self._stop.wait()

    def _worker(self) -> Worker:
        settings = dict(self._settings)
        activities = settings.get("activities", ())
        if "activity_executor" not in settings and not all(map(_is_async, activities)):
            executor = ThreadPoolExecutor(_ACTIVITY_THREADS, thread_name_prefix="activity")
            self._open.callback(executor.shutdown)
            settings["activity_executor"] = executor
        return Worker(self._client, **settings)


def _is_async(activity: Any) -> bool:
    return inspect.iscoroutinefunction(activity) or inspect.iscoroutinefunction(
        getattr(activity, "__call__", None)  # noqa: B004  asks what it is, not whether it can be called
    )


def _pass_on(done: Future[None], started: Future[Worker]) -> None:
    if not started.done():
        started.set_exception(done.exception() or RuntimeError("the worker ended before it had started"))
