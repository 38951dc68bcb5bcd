"""What tests do with the event loop that runs them."""

import asyncio


async def turns_of_the_loop() -> None:
    """Let every task go on until it waits for something."""
    for _ in range(200):
        await asyncio.sleep(0)
