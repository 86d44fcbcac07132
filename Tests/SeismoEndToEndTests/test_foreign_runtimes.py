"""Commands with a runtime that does not do what the protocol says."""

import json
import os
import signal
import subprocess
import time

import pytest

from commands import seismo
from conftest import LIMIT, Terminal, binary, until
from fakes import HELLO, Fake, Odd

EVENT = {"seq": 3, "at": 1, "kind": "log", "level": "info", "text": "again"}
ANSWERS = {
    "runtime.hello": HELLO,
    "session.history": {"events": [EVENT], "more": True},
    "sessions.search": {"results": [], "more": True, "next": "same"},
    "session.attach": {"attachment": "a1", "head": {"summary": {}, "messages": [], "window": 0, "state": {}, "seq": 9}},
}


@pytest.fixture
def fake():
    fakes = []

    def start(answers):
        fakes.append(Fake(answers))
        return fakes[-1]

    yield start
    for one in fakes:
        one.stop()


def test_a_runtime_that_does_not_answer_is_given_up(server, fake):
    silent = fake({})
    done = seismo(server, "stats", address=silent.address)
    assert done.code == 3 and "it did not answer runtime.hello within 10 seconds" in done.error


def test_one_that_answers_only_at_first_is_given_up(server, fake):
    done = seismo(server, "sessions", "list", address=fake({"runtime.hello": ANSWERS["runtime.hello"]}).address, limit=60)
    assert done.code == 3 and "did not answer sessions.watch within 30 seconds" in done.error


def test_the_doctor_says_that_a_runtime_does_not_answer(server, fake):
    done = seismo(server, "doctor", address=fake({}).address)
    assert "it did not answer runtime.hello within 10 seconds" in done.out and "Lost(" not in done.out


@pytest.mark.parametrize(
    "args", [("sessions", "events", "echo/a"), ("sessions", "search", "x"), ("sessions", "export", "echo/a", "--format", "html")]
)
def test_a_runtime_that_repeats_itself_is_not_followed_for_ever(server, fake, args):
    done = seismo(server, *args, address=fake(ANSWERS).address)
    assert done.code == 1 and "repeats" in done.error


def test_ctrl_c_leaves_no_half_of_a_file(server, fake, tmp_path):
    address = fake({**ANSWERS, "session.export": {"export": "x1"}}).address
    (tmp_path / "out").mkdir()
    words = [binary(), "sessions", "export", "echo/a", "--to", str(tmp_path / "out/a.json"), "--runtime", address]
    process = subprocess.Popen(words, env=server.env)
    until("the file is begun", lambda: list((tmp_path / "out").glob("*.partial")))
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT) == 130
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [Odd(error={"code": -32004}), Odd(error={"message": "no"}), Odd(error="no"), Odd(error={}), Odd(), {"rows": "none"}],
    ids=str,
)
def test_an_answer_that_is_not_of_the_protocol_ends_the_command(server, fake, answer):
    failed = seismo(server, "sessions", address=fake({"runtime.hello": HELLO, "sessions.watch": answer}).address)
    assert failed.code == 3 and "answered what cannot be read" in failed.error, failed


@pytest.mark.parametrize("answer", ["no JSON", "[" * 300 + "]" * 300, '{"jsonrpc":"2.0"}'], ids=["text", "deep", "empty"])
def test_what_is_no_message_at_all_ends_the_link(server, fake, answer):
    failed = seismo(server, "sessions", address=fake({"runtime.hello": HELLO, "sessions.watch": answer}).address)
    assert failed.code == 3 and "not JSON-RPC" in failed.error, failed


def test_the_interface_comes_back_less_and_less_often_to_one_that_closes_at_once(home):
    class Closing(Fake):
        times = []

        async def answer(self, socket):
            self.times.append(time.monotonic())
            async for text in socket:
                request = json.loads(text)
                if request["method"] != "runtime.hello":
                    return await socket.close(1009)
                await socket.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": HELLO}))

    closing = Closing({})
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(home), "XDG_STATE_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    terminal = Terminal([binary(), "inspect", closing.address], environment, columns=80, rows=24)
    try:
        until("it has come back four times", lambda: len(closing.times) > 4)
        gaps = [after - before for before, after in zip(closing.times, closing.times[1:])]
        assert gaps[3] > 1.5 * gaps[0]
    finally:
        terminal.close()
        closing.stop()
