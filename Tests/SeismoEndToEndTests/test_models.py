"""Conversations with models whose servers refuse what the strictest real ones refuse, in both dialects: parallel tools in each
turn, an interruption, and a fork and a restore between a call and its result."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from websockets.sync.client import connect

from conftest import Server, until


def openai_problem(body):
    """What an OpenAI-compatible server with the strictest of templates would refuse; None when nothing."""
    messages, seen, open_calls = body["messages"], set(), []
    for index, message in enumerate(messages):
        role, content = message["role"], message.get("content")
        if open_calls and role != "tool":
            return f"messages[{index}]: {open_calls} have no result"
        if role == "tool":
            if message["tool_call_id"] not in open_calls:
                return f"messages[{index}]: a result without a call"
            open_calls.remove(message["tool_call_id"])
            continue
        calls = message.get("tool_calls") or []
        if not calls and not (content if isinstance(content, list) else (content or "").strip()):
            return f"messages[{index}]: empty content"
        if role == "system" and index > 0:
            return "System message must be at the beginning."
        if index > 0 and role == messages[index - 1]["role"]:
            return "Conversation roles must alternate user/assistant."
        for call in calls:
            if call["id"] in seen or not call["id"]:
                return f"messages[{index}]: the id {call['id']} is not unique"
            if not isinstance(json.loads(call["function"]["arguments"]), dict):
                return f"messages[{index}]: arguments are no object"
            seen.add(call["id"])
            open_calls.append(call["id"])
    return f"{open_calls} have no result" if open_calls else None


def anthropic_problem(body):
    """What Anthropic's API refuses."""
    messages, seen, open_calls = body["messages"], set(), set()
    if messages[0]["role"] != "user":
        return "messages: first message must use the user role"
    if "system" in body and not body["system"].strip():
        return "system: must not be blank"
    for index, message in enumerate(messages):
        blocks = message["content"]
        if isinstance(blocks, str):
            blocks = [{"type": "text", "text": blocks}]
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if results != open_calls:
            return f"messages[{index}]: tool_use ids {open_calls} and results {results}"
        open_calls = set()
        for block in blocks:
            if block["type"] == "text" and not block["text"].strip():
                return f"messages[{index}]: text content blocks must contain non-whitespace text"
            if block["type"] == "tool_use":
                if block["id"] in seen or not isinstance(block["input"], dict):
                    return f"messages[{index}]: tool_use {block}"
                seen.add(block["id"])
                open_calls.add(block["id"])
    return f"{open_calls} have no result" if open_calls else None


class Model:
    """Answers each user with two calls, always with the same ids, then a blank text with the third, else a word."""

    def __init__(self, dialect):
        self.dialect, self.refused, self.asked = dialect, [], 0
        self.hold, self.held = threading.Event(), threading.Event()
        self.hold.set()
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                model.asked += 1
                problem = (openai_problem if dialect == "openai" else anthropic_problem)(body)
                if problem:
                    model.refused.append(problem)
                    data = json.dumps({"error": {"type": "invalid_request_error", "message": problem}}).encode()
                    self.send_response(400)
                else:
                    if not model.hold.is_set():
                        model.held.set()
                        model.hold.wait(30)
                    data = json.dumps(model.answer(body)).encode()
                    self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def answer(self, body):
        last = body["messages"][-1]
        is_result = last["role"] == "tool" or (
            isinstance(last["content"], list) and last["content"][-1]["type"] == "tool_result"
        )
        word = "\n" if self.asked % 3 == 0 else "done"
        if self.dialect == "openai":
            if is_result:
                return {"choices": [{"message": {"content": word}, "finish_reason": "stop"}]}
            calls = [
                {"id": name, "type": "function", "function": {"name": "add", "arguments": '{"amount":1}'}} for name in "ab"
            ]
            return {"choices": [{"message": {"content": "\n\n", "tool_calls": calls}, "finish_reason": "tool_calls"}]}
        if is_result:
            return {"type": "message", "content": [{"type": "text", "text": word}], "stop_reason": "end_turn"}
        calls = [{"type": "tool_use", "id": name, "name": "add", "input": {"amount": 1}} for name in "ab"]
        return {"type": "message", "content": [{"type": "text", "text": "\n\n"}, *calls], "stop_reason": "tool_use"}


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_a_conversation_with_a_strict_server(home, dialect):
    model = Model(dialect)
    prefix = dialect.upper()
    server = Server(
        home,
        env={f"{prefix}_API_KEY": "k-0123456789", f"{prefix}_BASE_URL": model.address},
        args=("--provider", dialect, "--model", "mistral-strict"),
    )
    try:
        def say(text, session="a"):
            return server.post(f"/v1/agents/counter/chat?sessionId={session}", {"message": text})

        with connect(f"ws://127.0.0.1:{server.port}/v1/inspect?token={server.token()}", max_size=None) as socket:
            def call(method, **params):
                socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
                while True:
                    answer = json.loads(socket.recv(30))
                    if answer.get("id") == 1:
                        return answer

            statuses = []
            for number in range(10):
                assert say(f"turn {number}")[0] == 200
                if number == 4:
                    model.hold.clear()
                    first = threading.Thread(target=lambda: statuses.append(say("never mind")[0]))
                    first.start()
                    assert model.held.wait(30)
                    second = threading.Thread(target=lambda: statuses.append(say("but this")[0]))
                    second.start()
                    # The newer message ends the turn whose model is silent.
                    first.join(30)
                    model.hold.set()
                    second.join(30)
            assert statuses == [409, 200]
            assert model.refused == []

            where = {"agent": "counter", "session": "a"}
            events = call("session.history", **where, limit=1000)["result"]["events"]
            # After the calls and before their results.
            between = [event["seq"] for event in events if event["kind"] == "tool.started"][-2]
            assert "result" in call("session.fork", **where, **{"from": between, "as": "b"})
            assert say("in the fork", session="b")[0] == 200
            assert say("and again", session="b")[0] == 200

            def restore():
                # Its jobs tick once a second, and a restore wants to know where the session is.
                newest = call("session.history", **where, limit=1)["result"]["events"][-1]["seq"]
                return "result" in call("session.restore", **where, to=between, expect=newest)

            until("it is restored", restore)
            assert say("after going back")[0] == 200
            assert say("and on")[0] == 200
            assert model.refused == []
            notes = [
                event["text"]
                for name in "ab"
                for event in call("session.history", agent="counter", session=name, limit=1000)["result"]["events"]
                if event["kind"] == "log"
            ]
            assert any("2 tool calls without a result" in note for note in notes), notes
    finally:
        server.stop()
        model.server.shutdown()
