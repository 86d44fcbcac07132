"""The other commands: webhooks, jobs, streams, what the machine is like; and what goes wrong around them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from commands import bump, chat, seismo
from conftest import LIMIT, Server, Terminal, binary, until


class Stream:
    """A command that goes on: its lines as they come."""

    def __init__(self, server, *args):
        self.process = subprocess.Popen(
            [binary(), *args, "--runtime", f"ws://127.0.0.1:{server.port}"],
            env=server.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = ""

    def read(self):
        self.text += (self.process.stdout.read() or b"").decode()
        return self.text

    def shows(self, pattern):
        return until(pattern, lambda: re.search(pattern, self.read()))

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(LIMIT)


@pytest.fixture
def stream(server):
    streams = []

    def begin(*args):
        streams.append(Stream(server, *args))
        return streams[-1]

    yield begin
    for one in streams:
        one.process.kill()
        one.process.wait()


def test_webhooks_are_listed_shown_resolved_sent_and_replayed(server):
    bump(server, "ann", by=3)
    listed = seismo(server, "hooks", "--json").json
    exchange = listed["exchanges"][0]
    assert exchange["hook"] == "bump" and listed["more"] is False
    assert seismo(server, "hooks", "list", "counter/ann").rows[0]["EXCHANGE"] == exchange["id"]
    shown = seismo(server, "hooks", "show", exchange["id"], "--json").json["exchange"]
    assert shown["request"]["body"] == {"user": {"id": "ann"}, "by": 3} and shown["response"]["status"] == 200
    assert "The body field 'user.id' is 'ann'." in seismo(server, "hooks", "show", exchange["id"]).out
    assert seismo(server, "hooks", "show", "ex_none").code == 5
    body = '{"user": {"id": "bob"}}'
    assert seismo(server, "hooks", "resolve", "counter/bump", "--body", body).lines[0] == "counter/bob"
    assert seismo(server, "sessions", "show", "counter/bob").code == 5
    sent = seismo(server, "hooks", "send", "bump", "--body", "@-", stdin=body)
    assert sent.code == 0 and '"count": 1' in sent.out
    route = seismo(server, "hooks", "resolve", "counter/bump-query", "--query", "sessionId=a=b", "--json").json
    assert route["session"] == "a=b"
    header = seismo(server, "hooks", "send", "counter/bump-header", "--header", "x-session-id: eve", "--json").json
    assert header["exchange"]["session"] == "eve"
    replayed = seismo(server, "hooks", "replay", exchange["id"], "--json").json["exchange"]
    assert replayed["replayOf"] == exchange["id"] and replayed["response"]["body"]["count"] == 6
    edited = seismo(
        server, "hooks", "replay", exchange["id"], "--body", '{"user": {"id": "ann"}, "by": 10}', "--into", "fork", "--json"
    ).json["exchange"]
    assert edited["response"]["body"]["count"] == 10 and edited["session"] != "ann"
    into = seismo(server, "hooks", "replay", exchange["id"], "--into", "counter/bob", "--json").json["exchange"]
    assert into["session"] == "bob"
    failed = seismo(server, "hooks", "send", "counter/fail", "--query", "sessionId=ann")
    assert failed.code == 1 and failed.error.startswith("seismo: The hook")
    for words in (["--header", "x"], ["--query", "x"]):
        assert seismo(server, "hooks", "send", "counter/bump", *words).code == 2
    unknown = seismo(server, "hooks", "send", "counter/none")
    assert unknown.code == 5 and "counter/bump" in unknown.error


def test_a_replay_is_edited_in_the_editor(server, home):
    bump(server, "ann", by=3)
    exchange = seismo(server, "hooks", "--json").json["exchanges"][0]["id"]
    editor = home / "editor"
    editor.write_text('#!/bin/sh\nsed -i \'s/"by": 3/"by": 30/\' "$1"\n')
    editor.chmod(0o700)
    no_editor = seismo(server, "hooks", "replay", exchange, "--edit", env={"EDITOR": "", "VISUAL": ""})
    assert no_editor.code == 2 and "$EDITOR" in no_editor.error
    words = [binary(), "hooks", "replay", exchange, "--edit", "--runtime", f"ws://127.0.0.1:{server.port}"]
    terminal = Terminal(words, {**server.env, "VISUAL": "", "EDITOR": str(editor)})
    try:
        terminal.shows('"count": 33')
        assert terminal.exit_code() == 0
    finally:
        terminal.close()


def test_jobs_are_listed_run_paused_and_resumed(server):
    bump(server, "ann")
    jobs = seismo(server, "jobs", "list", "counter/ann", "--json").json["jobs"]
    assert {job["job"] for job in jobs} >= {"tick", "minute"}
    assert {row["JOB"] for row in seismo(server, "jobs").rows} >= {"counter/tick", "support/nightly"}
    assert seismo(server, "jobs", "pause", "counter/ann", "tick").out == "tick paused\n"
    assert next(job for job in seismo(server, "jobs", "list", "counter/ann", "--json").json["jobs"]
                if job["job"] == "tick")["paused"]
    assert seismo(server, "jobs", "run", "counter/ann", "minute", "--json").json == {"job": "minute", "started": True}

    def ticks():
        ticks = seismo(server, "jobs", "ticks", "counter/ann", "--job", "minute", "--json").json["ticks"]
        return [tick for tick in ticks if tick["status"] == "ok"]

    until("the job has run", ticks)
    assert seismo(server, "jobs", "run", "counter", "sweep").code == 0
    assert seismo(server, "jobs", "resume", "counter/ann", "tick").code == 0
    assert seismo(server, "jobs", "run", "counter/ann", "none").code == 5
    assert seismo(server, "jobs", "ticks").code == 2


def test_streams_tell_what_happens_and_end_at_once(server, stream):
    chat(server, "before", "ann")
    tail = stream("tail", "--output", "jsonl")
    one = stream("tail", "echo/ann", "--last", "1", "--output", "jsonl")
    events = stream("sessions", "events", "echo/ann", "--follow", "--kind", "message.added", "--output", "jsonl")
    watch = stream("sessions", "--watch", "--output", "jsonl")
    hooks = stream("hooks", "--watch", "--output", "jsonl")
    stats = stream("stats", "--watch", "--output", "jsonl")
    one.shows('"turn.finished"')
    events.shows("before")
    watch.shows('"session":"ann"')
    stats.shows("(?s)now.*\n.*now")
    # A stream that has begun is seen by what it tells.
    number = 0

    def told():
        nonlocal number
        number += 1
        chat(server, f"message {number}", "ann")
        chat(server, "hi", f"new-{number}")
        bump(server, "bob")
        time.sleep(0.2)
        return '"session":"bob"' in tail.read() and "new-" in tail.text and '"bump"' in hooks.read()

    until("all have begun", told)
    one.shows("message 1")
    events.shows("message 1")
    watch.shows("new-1")
    told_of_ann = [event for event in map(json.loads, tail.text.splitlines()[:-1]) if event["session"] == "ann"]
    seqs = [event["seq"] for event in told_of_ann]
    assert seqs == sorted(set(seqs)) and "before" not in tail.text
    assert {json.loads(line)["kind"] for line in events.text.splitlines()} == {"message.added"}
    for each in (tail, one, events, watch, hooks, stats):
        assert each.stop() == 130


@pytest.mark.parametrize("words", ["tail", "stats --watch", "sessions --watch", "hooks --watch", "tail echo/ann"])
def test_a_stream_ends_with_its_reader_also_while_nothing_happens(server, words):
    chat(server, "hi", "ann")
    line = f"{binary()} {words} --output jsonl --no-header --runtime ws://127.0.0.1:{server.port}"
    begin = time.monotonic()
    done = subprocess.run(
        ["bash", "-c", f"{line} | sleep 1; echo ${{PIPESTATUS[0]}}"],
        env=server.env, capture_output=True, text=True, timeout=LIMIT,
    )
    assert done.stdout == "0\n" and not done.stderr and time.monotonic() - begin < LIMIT


def test_a_closed_pipe_and_a_full_disk(server):
    for name in range(30):
        chat(server, "hi", f"s{name}")
    line = f"{binary()} sessions events echo/s1 --follow --output jsonl --runtime ws://127.0.0.1:{server.port}"
    done = subprocess.run(
        ["bash", "-c", f"{line} | head -1; echo ${{PIPESTATUS[0]}}"],
        env=server.env, capture_output=True, text=True, timeout=LIMIT,
    )
    assert done.stdout.splitlines()[1] == "0" and not done.stderr
    with open("/dev/full", "w") as full:
        failed = subprocess.run(
            [binary(), "sessions", "--runtime", f"ws://127.0.0.1:{server.port}"],
            env=server.env, stdout=full, stderr=subprocess.PIPE, text=True, timeout=LIMIT,
        )
    assert failed.returncode == 1 and "cannot be written" in failed.stderr


def test_a_runtime_that_is_not_there_or_of_another_version(server, home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = seismo(server, "sessions", address=f"ws://127.0.0.1:{free.getsockname()[1]}")
    assert gone.code == 3 and not gone.out and "seismo serve" in gone.error
    # The one that is there is offered; a file that a runtime left behind is none.
    (home / "seismo" / "4.token").write_text("gone")
    assert f"one at ws://127.0.0.1:{server.port};" in gone.error
    offered = re.findall(r"127\.0\.0\.1:(\d+)", seismo(server, "stats", address="ws://127.0.0.1:1").error)
    assert offered == ["1", str(server.port)]
    assert seismo(server, "sessions", address="no address").code == 2
    script = (
        "import asyncio, json, websockets\n"
        "async def answer(socket):\n"
        "    async for text in socket:\n"
        "        request = json.loads(text)\n"
        "        result = {'name': 'other', 'role': 'admin', 'protocol': '9', 'agents': []}\n"
        "        await socket.send(json.dumps({'jsonrpc': '2.0', 'id': request['id'], 'result': result}))\n"
        "async def main():\n"
        "    async with websockets.serve(answer, '127.0.0.1', 0, subprotocols=['magma-inspection.v1']) as server:\n"
        "        print(server.sockets[0].getsockname()[1], flush=True)\n"
        "        await asyncio.Future()\n"
        "asyncio.run(main())\n"
    )
    other = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        address = f"ws://127.0.0.1:{int(other.stdout.readline())}"
        refused = seismo(server, "sessions", address=address)
        assert refused.code == 1 and "version 9" in refused.error
        assert seismo(server, "doctor", address=address).code == 1
    finally:
        other.kill()
        other.wait()


def test_a_token_that_may_not(home):
    server = Server(home, env={"SEISMO_VIEWER_TOKEN": "look", "SEISMO_ADMIN_TOKEN": "all"}, args=("--store", "memory"))
    try:
        chat(server, "hi", "ann")
        assert seismo(server, "sessions", env={"SEISMO_TOKEN": "wrong"}).code == 4
        assert seismo(server, "sessions", env={"SEISMO_TOKEN": "look"}).code == 0
        refused = seismo(server, "sessions", "send", "echo/ann", "hi", env={"SEISMO_TOKEN": "look"})
        assert refused.code == 4 and "operator" in refused.error
        assert seismo(server, "audit", env={"SEISMO_TOKEN": "look"}).code == 4
        audit = seismo(server, "audit", "--json", env={"SEISMO_TOKEN": "all"}).json["entries"]
        assert any(entry["method"] == "session.send" and entry["error"] for entry in audit)
        # A token never comes from the command line.
        assert seismo(server, "sessions", "--token", "all").code == 2
    finally:
        server.stop()


def test_the_doctor_says_what_is_wrong(server, home):
    fine = seismo(server, "doctor", "--json", env={"TERM": "xterm-256color", "XDG_CONFIG_HOME": str(home)}).json["checks"]
    found = {check["check"]: check for check in fine}
    assert found["runtime"]["result"] == "ok" and found["role"]["found"] == "admin"
    assert "file of the local runtime" in found["token"]["found"] and found["protocol"]["result"] == "ok"
    assert {"config", "theme", "themes", "TERM", "UTF-8", "clipboard", "TLS", "clock", "store"} <= found.keys()
    (home / "seismo").mkdir(exist_ok=True)
    (home / "seismo" / "config.yaml").write_text("theme: [1\n")
    wrong = seismo(server, "doctor", env={"TERM": "no-such-terminal", "XDG_CONFIG_HOME": str(home)})
    assert wrong.code == 1
    results = {row["CHECK"]: row["RESULT"] for row in wrong.rows}
    assert results["TERM"] == "wrong" and "config.yaml" in wrong.out


def test_themes_are_listed_checked_and_shown(server, home):
    names = [row["THEME"] for row in seismo(server, "themes", address=False).rows]
    assert "seismo-dark" in names and "mono" in names
    file = home / "mine.yaml"
    file.write_text('name: mine\nroles:\n  text: "#ffffff"\n  accent: {fg: "#ff0000", bold: true}\n')
    assert seismo(server, "themes", "check", str(file), address=False).code == 0
    file.write_text("name: mine\nroles:\n  text: {fg: nonsense}\n")
    wrong = seismo(server, "themes", "check", str(file), address=False)
    assert wrong.code == 1 and "line 3" in wrong.error
    shown = seismo(server, "themes", "show", "gruvbox", "--color", "always", address=False, env={"COLORTERM": "truecolor"})
    assert re.search(r"\x1b\[[0-9;]*38;2;\d+;\d+;\d+m", shown.out)
    assert seismo(server, "themes", "show", "none", address=False).code == 2


def test_a_table_fits_the_terminal_and_has_its_colours(server):
    chat(server, "hi", "a-session-with-a-name-that-is-much-longer-than-the-terminal-" + "x" * 60)
    words = [binary(), "sessions", "--runtime", f"ws://127.0.0.1:{server.port}"]
    terminal = Terminal(words, server.env, columns=80, rows=24)
    try:
        terminal.shows("…")
        assert terminal.exit_code() == 0
        assert b"\x1b[38;5;" in terminal.raw or b"\x1b[1;38;5;" in terminal.raw
        assert [line for line in terminal.screen.display if "echo/" in line][0].rstrip()[-1] != "x"
        assert len([line for line in terminal.screen.display if line.strip()]) == 2
    finally:
        terminal.close()
    plain = Terminal(words, {**server.env, "NO_COLOR": "1"}, columns=80, rows=24)
    try:
        plain.shows("…")
        assert b"\x1b[" not in plain.raw
    finally:
        plain.close()
