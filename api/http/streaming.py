"""Answers that are sent bit by bit, for as long as somebody takes them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.types import Receive, Scope

from api.http.connections import ABORT, CALL


async def until_gone(sending: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Let an answer be sent until it ends or the client goes away; raises what the sending raises."""
    task = asyncio.create_task(sending, name="sending")
    gone = asyncio.create_task(_gone(receive), name="client")
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        task.cancel()
        await asyncio.wait((task, gone))
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


def cut_off(scope: Scope) -> None:
    """End the connection at once, so that nobody takes half an answer for a whole one."""
    extensions = scope.get("extensions") or {}
    abort: Callable[[], None] = extensions.get(ABORT, {}).get(CALL, _nothing)
    abort()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _nothing() -> None:
    """Do nothing: this server has no way to end a connection."""
