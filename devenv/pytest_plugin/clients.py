"""Clients that any event loop may use: those of pytest-asyncio, of anyio, and that of `asyncio.run`."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.pytest_plugin.link import StackInfo


def connect(stack: StackInfo, settings: Mapping[str, Any]) -> Client:
    """Return a client that is connected, made with `settings` of `Client.connect`.

    A client is no matter of one event loop once it is connected. The loop that connects it lives in a thread
    of its own: the test's may be running, and `asyncio.run` would take it away from pytest's other plugins.
    """
    # The variables of envconfig say more than an address about a server; nobody's file leads to another one.
    where: Mapping[str, Any] = (
        ClientConfig.load_client_connect_config()
        if stack.is_adopted
        else ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=dict(stack.env))
    )
    settings = {**where, "namespace": stack.namespace, **settings}
    with ThreadPoolExecutor(1) as thread:
        try:
            return thread.submit(asyncio.run, Client.connect(**settings)).result()
        except RuntimeError as error:
            pytest.fail(f"No client can be connected to {stack.address}: {error}", pytrace=False)


def for_namespace(client: Client, namespace: str) -> Client:
    """Return a client of another namespace over the same connection."""
    settings = client.config()
    settings["namespace"] = namespace
    return Client(**settings)
