#!/usr/bin/python3
"""The WebSocket client of ../README.md on the library websockets.

  client.py ws://HOST:PORT
"""

import asyncio
import json
import sys

import websockets

PATIENCE_SECONDS = 15
LARGE = bytes(range(256)) * 8192  # 2 MiB.


def expect(what, actual, expected):
    if actual != expected:
        raise AssertionError("%s: got %.200r, expected %.200r" % (what, actual, expected))


async def text(connect):
    async with connect("/echo") as socket:
        for message in ("hello", "", "\u263a \U0001f608"):
            await socket.send(message)
            expect("echo", await socket.recv(), message)


async def binary(connect):
    async with connect("/echo") as socket:
        for message in (b"\0\xff", LARGE):
            await socket.send(message)
            expect("the echo is whole", await socket.recv() == message, True)


async def fragmented(connect):
    async with connect("/echo") as socket:
        await socket.send(["one ", "two ", "", "three"])
        expect("echo", await socket.recv(), "one two three")


async def many(connect):
    async with connect("/echo") as socket:
        for number in range(500):
            await socket.send(str(number))
        for number in range(500):
            expect("echo", await socket.recv(), str(number))


async def ping(connect):
    async with connect("/echo") as socket:
        await (await socket.ping(b"are you there"))
        await socket.send("after")
        expect("echo", await socket.recv(), "after")


async def server_speaks_first(connect):
    async with connect("/push/50") as socket:
        expect("messages", [message async for message in socket],
               [str(number) for number in range(50)])
        expect("code", socket.close_code, 1000)


async def server_closes(connect):
    for code in (1000, 1001, 1011, 4001):
        async with connect("/close/%d" % code) as socket:
            await socket.wait_closed()
            expect("code and reason", (socket.close_code, socket.close_reason), (code, "bye"))


async def client_closes(connect):
    socket = await connect("/echo")
    await socket.send("hello")
    await socket.recv()
    await socket.close(4002, "enough")
    expect("the server's answer", socket.close_code, 4002)
    for _ in range(100):
        async with connect("/last-close") as asker:
            seen = await asker.recv()
        if seen == "4002 enough":
            return
        await asyncio.sleep(0.05)
    expect("what the server saw", seen, "4002 enough")


async def subprotocol(connect):
    async with connect("/echo", subprotocols=["other", "chat"]) as socket:
        expect("subprotocol", socket.subprotocol, "chat")


async def compressed(connect):
    async with connect("/echo", compression="deflate") as socket:
        expect("extensions", [extension.name for extension in socket.extensions],
               ["permessage-deflate"])
        await socket.send("x" * 1000000)
        expect("the echo is whole", await socket.recv() == "x" * 1000000, True)


CASES = [text, binary, fragmented, many, ping, server_speaks_first, server_closes, client_closes,
         subprotocol, compressed]


async def main():
    def connect(path, **options):
        options.setdefault("compression", None)
        return websockets.connect(sys.argv[1] + path, max_size=None, **options)

    for case in CASES:
        error = ""
        try:
            await asyncio.wait_for(case(connect), PATIENCE_SECONDS)
        except Exception as failure:  # Whatever the library raises is what the test shall print.
            error = repr(failure)
        print(json.dumps({"case": case.__name__, "error": error}), flush=True)


asyncio.run(main())
