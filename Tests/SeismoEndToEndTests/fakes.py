"""A runtime that says what a test wants."""

import asyncio
import json
import threading

import websockets

HELLO = {
    "name": "fake", "version": "1", "protocol": "1", "node": "n", "started": 1, "role": "admin", "capabilities": [],
    "agents": [{"id": "echo", "hooks": [], "jobs": [], "tools": [], "middleware": [], "fields": []}], "limits": {}, "now": 1,
}


class Odd(dict):
    """Members of an answer that are not what JSON-RPC says."""


class Fake:
    """Answers each method with the same thing, over and over; `None` is no answer, `Odd` one that is not as it should be,
    and a text is sent as it is."""

    def __init__(self, answers):
        self.answers = answers
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def run(self, ready):
        async def serve():
            self.end = asyncio.Event()
            async with websockets.serve(
                self.answer, "127.0.0.1", 0, subprotocols=["magma-inspection.v1"], close_timeout=0.1
            ) as server:
                self.port = server.sockets[0].getsockname()[1]
                ready.set()
                await self.end.wait()

        self.loop.run_until_complete(serve())

    async def answer(self, socket):
        try:
            async for text in socket:
                request = json.loads(text)
                result = self.answers.get(request["method"])
                if isinstance(result, str):
                    await socket.send(result)
                elif result is not None:
                    members = result if isinstance(result, Odd) else {"result": result}
                    await socket.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], **members}))
        except websockets.ConnectionClosed:
            pass

    @property
    def address(self):
        return f"ws://127.0.0.1:{self.port}"

    def stop(self):
        self.loop.call_soon_threadsafe(self.end.set)
        self.thread.join(10)
