"""Clients that nobody here wrote: Python's websockets against both WebSocket endpoints, raw sockets against the edges."""

import asyncio
import json
import socket

import pytest
import websockets
from conftest import Server
from websockets.exceptions import ConnectionClosed, InvalidStatus


def test_a_chat_by_websockets(server):
    async def talk():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/v1/counter?sessionId=py") as socket:
            await socket.send(json.dumps({"type": "message", "data": {"role": "user", "content": "add 6"}}))
            return [json.loads(await socket.recv()) for _ in range(3)]

    frames = asyncio.run(talk())
    assert [frame["type"] for frame in frames] == ["loading", "message", "loading"]
    assert frames[1]["data"]["content"] == "The count is 6."


def test_the_session_of_an_upgrade_is_named_in_it(server):
    async def talk():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/v1/echo") as socket:
            return socket.response.headers["x-session-id"]

    assert asyncio.run(talk()).startswith("tmp_")


def test_an_interrupted_turn_gives_way(server):
    async def talk():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/v1/support?sessionId=i") as socket:
            for text in ("hello", "thank you"):
                await socket.send(json.dumps({"type": "message", "data": {"content": text}}))
            answers = []
            while not answers or answers[-1] != {"type": "loading", "data": False}:
                answers.append(json.loads(await socket.recv()))
            return answers

    messages = [frame["data"]["content"] for frame in asyncio.run(talk()) if frame["type"] == "message"]
    assert messages == ["You are welcome! Is there anything else I can do for you?"]


@pytest.mark.parametrize("data, code", [(b"\x00", 1003), ("x" * (10 * 1024 * 1024 + 1), 1009)], ids=["binary", "too large"])
def test_what_is_not_allowed_closes_with_its_code(server, data, code):
    async def talk():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/v1/echo?sessionId=c", max_size=None) as socket:
            await socket.send(data)
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            return closed.value.rcvd.code

    assert asyncio.run(talk()) == code


def test_the_inspection_protocol_by_websockets(server):
    async def talk():
        address = f"ws://127.0.0.1:{server.port}/v1/inspect"
        with pytest.raises(InvalidStatus) as refused:
            await websockets.connect(address)
        assert refused.value.response.status_code == 401
        async with websockets.connect(f"{address}?token={server.token()}", subprotocols=["magma-inspection.v1"]) as socket:
            assert socket.subprotocol == "magma-inspection.v1"
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": "x", "method": "runtime.hello", "params": {}}))
            return json.loads(await socket.recv())

    answer = asyncio.run(talk())
    assert answer["id"] == "x"
    assert [agent["id"] for agent in answer["result"]["agents"]] == ["counter", "echo", "support"]


def test_a_half_open_socket_and_rubbish_do_no_harm(server):
    for start in (b"", b"GET", b"\x00\xff\x00\xff\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/agents/echo/chat HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(start)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(5)
            while connection.recv(4096):
                pass
    assert server.post("/v1/agents/echo/chat", {"message": "still here"})[1]["content"] == "still here"


def test_sixteen_messages_at_once_are_all_in_the_journal(server):
    async def talk():
        async def say(number):
            return await asyncio.to_thread(server.post, "/v1/agents/echo/chat?sessionId=many", {"message": f"m{number}"})

        answers = await asyncio.gather(*(say(number) for number in range(16)))
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/v1/inspect?token={server.token()}") as socket:
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.history", "params": {"agent": "echo", "session": "many", "limit": 1000, "kinds": ["message.added"]}}))
            return answers, json.loads(await socket.recv())["result"]["events"]

    answers, events = asyncio.run(talk())
    assert {status for status, _ in answers} <= {200, 409}
    users = [event["message"]["blocks"][0]["text"] for event in events if event["message"]["role"] == "user"]
    assert sorted(users) == sorted(f"m{number}" for number in range(16))


def test_what_names_one_session_is_carried_out_in_order(home):
    server = Server(home, args=("--agent", "counter", "--store", f"sqlite:{home / 'order.sqlite'}"))

    async def talk():
        headers = {"Authorization": f"Bearer {server.token()}"}
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/v1/inspect", additional_headers=headers) as socket:

            async def ask(number, method, params):
                await socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))

            origin = {"agent": "counter", "session": "origin"}
            for method in ("session.create", "session.export"):
                await ask(-1, method, origin)
                answer = json.loads(await socket.recv())["result"]
            requests = []
            # No more than may be under way at once.
            for number in range(3):
                about = {"agent": "counter", "session": f"n{number}"}
                remove = ("session.delete", {**about, "confirm": f"n{number}"})
                requests += [
                    ("session.create", about),
                    ("session.send", {**about, "message": "add 1"}),
                    ("session.snapshot", {**about, "name": "one"}),
                    ("session.fork", {**about, "as": f"fork{number}"}),
                    ("session.delete", {**about, "session": f"fork{number}", "confirm": f"fork{number}"}),
                    remove,
                    ("session.create", about),
                    ("session.end", about),
                    remove,
                    ("session.import", {"capsule": answer["capsule"], "as": f"in{number}"}),
                    ("session.delete", {**about, "session": f"in{number}", "confirm": f"in{number}"}),
                ]
            for number, (method, params) in enumerate(requests):
                await ask(number, method, params)
            answers = [json.loads(await socket.recv()) for _ in requests]
            assert [answer for answer in answers if "error" in answer] == []

    try:
        asyncio.run(talk())
    finally:
        assert server.stop() == 0
