"""What the compiler says to an author where only the compiler can tell, and a real agent on models nobody here wrote."""

import json
import socket
import subprocess
import sys
import urllib.request

import pytest

from conftest import ROOT, Server, until

BUILD = ROOT / ".build/debug"

WRONG = {
    "state": (
        """
        import Magma
        struct Handle { var number = 0 }
        @Agent actor A { var handle = Handle() }
        """,
        "The state has to be Codable and Sendable: make the type of this property so, or mark it @Transient.",
    ),
    "parameter": (
        """
        import Magma
        struct Handle: Sendable { var number = 0 }
        @Agent actor A { @Tool("x") func take(handle: Handle) {} }
        """,
        "A tool's parameter must be Codable and Sendable, so that it can be described to the model.",
    ),
    "hook": (
        """
        import Magma
        @Agent actor A {
            @Hook("x") func a() {}
            @Hook("x") func b() {}
        }
        """,
        "There are two hooks named 'x'; give one of them another name.",
    ),
    "job": (
        """
        import Magma
        @Agent actor A { @Job("0 25 * * *") func a() {} }
        """,
        "The hour field '25' holds 25, which is outside 0-23.",
    ),
}


@pytest.mark.parametrize("source, words", WRONG.values(), ids=WRONG.keys())
def test_the_compiler_says_what_is_wrong(tmp_path, source, words):
    file = tmp_path / "Agent.swift"
    file.write_text(source)
    result = subprocess.run(
        [
            "swiftc", "-typecheck", "-swift-version", "6", "-I", BUILD / "Modules",
            "-load-plugin-executable", f"{BUILD / 'MagmaMacros-tool'}#MagmaMacros", file,
        ],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )
    assert result.returncode != 0
    assert f"error: {words}" in result.stderr or f"unavailable: {words}" in result.stderr


@pytest.fixture(scope="module")
def models():
    """A server of models from PyPI, which speaks OpenAI's dialect and Anthropic's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable, "-m", "uvicorn", "llmock.main:app", "--host", "127.0.0.1", "--port", str(port),
            "--log-level", "warning",
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        until("the models answer", lambda: answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def answers(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("provider, path", [("openai", "/v1"), ("anthropic", "/anthropic")], ids=["openai", "anthropic"])
def test_a_conversation_with_a_tool_call(tmp_path, models, provider, path):
    name = provider.upper()
    server = Server(
        tmp_path,
        env={f"{name}_API_KEY": "key", f"{name}_BASE_URL": models + path},
        args=["--provider", provider, "--model", "gpt-4o", "--agent", "support"],
    )
    try:
        status, answer = server.post("/v1/agents/support/chat?sessionId=s", {"message": "find order 1044 please"})
        assert status == 200 and answer["content"] and answer["usage"]["input_tokens"] > 0
        request = urllib.request.Request(
            server.url + "/v1/agents/support/chat?sessionId=s",
            json.dumps({"message": "open a ticket"}).encode(),
            {"Content-Type": "application/json", "Accept": "text/event-stream"},
        )
        stream = urllib.request.urlopen(request, timeout=20).read().decode()
        events = [line[7:] for line in stream.splitlines() if line.startswith("event: ")]
        assert events[:3] == ["session", "tool_call", "tool_result"]
        assert events.count("delta") > 1 and events[-2:] == ["message", "done"]
    finally:
        assert server.stop() == 0


def test_a_model_that_is_not_there_is_named(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(
        tmp_path,
        env={"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"},
        args=["--provider", "openai", "--model", "m", "--agent", "counter"],
    )
    try:
        status, answer = server.post("/v1/agents/counter/chat?sessionId=s", {"message": "hi"})
        assert status == 500 and answer["code"] == "turn_failed"
        assert "openai could not be reached" in answer["message"]
    finally:
        assert server.stop() == 0
