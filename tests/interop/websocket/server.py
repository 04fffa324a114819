#!/usr/bin/python3
"""The WebSocket server of ../README.md on the library websockets.

  server.py PORT
"""

import asyncio
import sys

import websockets

last_close = {"text": "none"}


async def serve(socket, path):
    word, _, argument = path[1:].partition("/")
    if word == "close":
        await socket.close(int(argument), "bye")
    elif word == "push":
        for number in range(int(argument)):
            await socket.send(str(number))
    elif word == "last-close":
        await socket.send(last_close["text"])
    else:
        try:
            async for message in socket:
                await socket.send(message)
        finally:
            last_close["text"] = "%s %s" % (socket.close_code, socket.close_reason)


async def main():
    async with websockets.serve(serve, "0.0.0.0", int(sys.argv[1]), max_size=None,
                                subprotocols=["chat"]):
        await asyncio.Future()


asyncio.run(main())
