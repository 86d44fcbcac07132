"""Sessions outlive the process that keeps them, however it ends."""

import base64
import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.error

import pytest
from conftest import Server, binary, until
from websockets.sync.client import connect

KILLS = int(os.environ.get("SEISMO_KILLS", "50"))
SESSIONS = ["s0", "s1", "s2", "s3", "s4", "s5"]


class Inspector:
    """A client of the inspection protocol."""

    def __init__(self, server):
        self.connection = connect(
            f"ws://127.0.0.1:{server.port}/v1/inspect",
            subprotocols=["magma-inspection.v1"],
            additional_headers={"Authorization": f"Bearer {server.token()}"},
            max_size=None,
        )
        self.count = 0

    def __enter__(self):
        self.socket = self.connection.__enter__()
        return self

    def __exit__(self, *error):
        return self.connection.__exit__(*error)

    def call(self, method, **params):
        self.count += 1
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": self.count, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv(20))
            if answer.get("id") == self.count:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def journal(self, agent, session):
        events, more = [], True
        while more:
            page = self.call("session.history", agent=agent, session=session, limit=1000, after=len(events))
            events += page["events"]
            more = page["more"]
        return events


class Work:
    """Requests that are sent again, under the same key, until they are answered."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.open, self.done, self.total = [], {}, 0

    def next(self):
        with self.lock:
            if self.open and self.random.random() < 0.7:
                return self.open.pop(0)
            self.total += 1
            kind = self.random.choice(["chat", "hook"])
            return kind, f"key-{self.total}", self.random.choice(SESSIONS), self.random.randint(1, 9)

    def send(self, server, request):
        kind, key, session, amount = request
        headers = {"Idempotency-Key": key}
        try:
            if kind == "chat":
                path = f"/v1/agents/counter/chat?sessionId={session}"
                status, answer = server.post(path, {"message": f"add {amount} {key}"}, headers)
            else:
                body = {"user": {"id": session}, "by": amount, "key": key}
                status, answer = server.post("/v1/agents/counter/hooks/bump", body, headers)
        except (urllib.error.URLError, ConnectionError, OSError, json.JSONDecodeError, EOFError, ValueError):
            status, answer = None, None
        except Exception as error:  # a connection that is cut shows in many ways
            if "http.client" not in type(error).__module__:
                raise
            status, answer = None, None
        with self.lock:
            # A newer message of the same session may supersede this one: then it was answered so, and did nothing.
            if status in (200, 409):
                self.done[key] = (request, status, answer)
            else:
                assert status in (None, 502, 503), (status, answer)
                self.open.append(request)
        return status is not None

    def keep_sending(self, server, until):
        while time.monotonic() < until and self.send(server, self.next()):
            pass


def test_kills_lose_nothing_that_was_answered_and_do_nothing_twice(home, tmp_path):
    store = f"sqlite:{tmp_path / 'store.sqlite'}"
    work = Work(seed=44)
    for _ in range(KILLS):
        server = Server(home, args=("--store", store, "--agent", "counter"))
        span = 0.05 + work.random.random() * 0.6
        threads = [
            threading.Thread(target=work.keep_sending, args=(server, time.monotonic() + span + 5)) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        time.sleep(span)
        server.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()
    server = Server(home, args=("--store", store, "--agent", "counter"))
    try:
        while work.open:
            assert work.send(server, work.open.pop(0))
        assert len(work.done) > KILLS
        with Inspector(server) as inspector:
            inspector.call("jobs.pause", agent="counter", job="tick")
            for session in SESSIONS:
                check(session, work, inspector)
    finally:
        assert server.stop() == 0
    checked = subprocess.run([binary(), "serve", "--check", "--store", store], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def check(session, work, inspector):
    mine = [(request, status, answer) for request, status, answer in work.done.values() if request[2] == session]
    if not mine:
        return
    events = inspector.journal("counter", session)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))

    # What was answered is there, once.
    texts = {}
    for event in events:
        if event["kind"] == "message.added" and event["message"]["role"] == "user":
            for block in event["message"]["blocks"]:
                if block.get("type") == "text":
                    texts.setdefault(block["text"].split(" ")[-1], []).append(event["turn"])
    ends = {event["turn"]: event["status"] for event in events if event["kind"] == "turn.finished"}
    for (kind, key, _, _), status, _ in mine:
        if kind == "chat":
            finished = [turn for turn in texts.get(key, []) if ends.get(turn) == "finished"]
            assert len(finished) == (1 if status == 200 else 0), (key, status, texts.get(key), ends)
    # No turn is left half.
    for event in events:
        if event["kind"] == "turn.started":
            assert ends.get(event["turn"]) in ("finished", "superseded", "interrupted", "failed"), event

    # The state is what the journal says, and what the answers add up to.
    state = {}
    for event in events:
        if event["kind"] == "state.changed":
            for step in event["patch"]:
                name = step["path"].strip("/")
                if step["op"] == "remove":
                    state.pop(name)
                else:
                    state[name] = step["value"]
    past = inspector.call("session.at", agent="counter", session=session, seq=len(events))
    assert past["state"] == state
    least = sum(by for (_, _, _, by), status, _ in mine if status == 200)
    stayed = added_without_an_answer(events, ends)
    assert least <= state["count"] <= least + stayed, (session, least, stayed, state)
    assert state["ticks"] == sum(
        event["kind"] == "tick.finished" and event["job"] == "tick" and event["status"] == "ok" for event in events
    )


def added_without_an_answer(events, ends):
    """What may stay of what turns and hooks added that never came to their end: a superseded turn's tools have run,
    and what a kill cut off is not taken out of a value that someone else went on from."""
    answers = {event["cause"]: event for event in events if event["kind"] == "hook.answered"}
    changes, count = [], 0
    for event in events:
        for step in event["patch"] if event["kind"] == "state.changed" else []:
            if step["path"] == "/count":
                if event.get("turn"):
                    how = ends[event["turn"]]
                    end = next(e["seq"] for e in events if e["kind"] == "turn.finished" and e["turn"] == event["turn"])
                else:
                    answer = answers.get(event["cause"], {"status": 200, "seq": event["seq"]})
                    how, end = ("finished" if answer["status"] == 200 else "interrupted"), answer["seq"]
                changes.append((event["seq"], how, end, max(0, step["value"] - count)))
                count = step["value"]
    stayed = 0
    for seq, how, end, added in changes:
        goes_on = any(seq < other < end and owner != "interrupted" for other, owner, _, _ in changes)
        stayed += added if how == "superseded" or (how == "interrupted" and goes_on) else 0
    return stayed


def test_a_store_is_checked_and_what_is_wrong_is_said(home, tmp_path):
    path = tmp_path / "store.sqlite"
    server = Server(home, args=("--store", f"sqlite:{path}"))
    server.post("/v1/agents/echo/chat?sessionId=a", {"message": "hi"})
    locked = serve("--store", f"sqlite:{path}", "--port", "0")
    assert locked.returncode == 1 and "in use by another runtime" in locked.stderr
    assert server.stop() == 0 and not path.with_name(path.name + "-wal").exists()
    good = serve("--check", "--store", f"sqlite:{path}")
    assert good.returncode == 0 and "1 session, " in good.stdout and "nothing is wrong" in good.stdout
    broken = bytearray(path.read_bytes())
    broken[100:4000] = bytes(3900)
    path.write_bytes(broken)
    bad = serve("--check", "--store", f"sqlite:{path}")
    assert bad.returncode == 1 and ("damaged" in bad.stdout + bad.stderr)
    path.write_bytes(b"no database at all " * 1000)
    none = serve("--store", f"sqlite:{path}", "--port", "0")
    assert none.returncode == 1 and "not a database" in none.stderr
    assert path.read_bytes() == b"no database at all " * 1000


def serve(*args):
    return subprocess.run([binary(), "serve", *args], capture_output=True, text=True, timeout=60)


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of that size, mounted on the folder while it is used."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def store_on_small_disk(home, folder, size):
    """The disk, and what starts a runtime on its store, or stops it and starts another; at the end the store is checked."""
    with small_disk(folder, size) as small:
        args = ("--store", f"sqlite:{small / 'store.sqlite'}")
        servers = []

        def start():
            if servers:
                assert servers[-1].stop() == 0
            servers.append(Server(home, args=args))
            return servers[-1]

        try:
            yield small, start
            assert servers[-1].stop() == 0
            assert serve("--check", *args).returncode == 0
        finally:
            for server in servers:
                server.process.kill()
                server.process.wait()


def fill(server, session, text):
    """Chats until the disk is full, each with the session and the text of its number; how many were answered."""
    status, answered = 200, 0
    while status == 200:
        said = {"message": text(answered)}
        status, answer = server.post(f"/v1/agents/echo/chat?sessionId={session(answered)}", said)
        answered += status == 200
    assert (status, answer["code"]) == (503, "store_full")
    return answered


def delete(server, sessions):
    with Inspector(server) as inspector:
        for session in sessions:
            inspector.call("session.delete", agent="echo", session=session, confirm=session)


only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")


@only_root
def test_a_full_disk_is_said_and_what_is_there_stays_readable(home, tmp_path):
    with store_on_small_disk(home, tmp_path / "small", "2m") as (small, start):
        server = start()
        answered = fill(server, lambda number: "a", lambda number: "x" * 3000 + str(number))
        with Inspector(server) as inspector:
            events = inspector.journal("echo", "a")
        finished = [event for event in events if event["kind"] == "turn.finished" and event["status"] == "finished"]
        assert len(finished) == answered
        subprocess.run(["mount", "-o", "remount,size=20m", str(small)], check=True)
        status, answer = server.post("/v1/agents/echo/chat?sessionId=a", {"message": "again"})
        assert (status, answer["content"]) == (200, "again")


@only_root
def test_a_disk_that_the_store_has_filled_itself_has_room_again_once_sessions_are_deleted(home, tmp_path):
    with store_on_small_disk(home, tmp_path / "small", "40m") as (_, start):
        server = start()
        text = base64.b64encode(os.urandom(200_000)).decode()
        fill(server, lambda number: f"s{number % 20}", lambda number: text[number % 1000:] + str(number))
        server = start()
        delete(server, (f"s{place}" for place in range(20)))
        status, answer = server.post("/v1/agents/echo/chat?sessionId=new", {"message": "again"})
        assert (status, answer["content"]) == (200, "again")


@only_root
def test_sessions_can_be_deleted_from_a_disk_that_somebody_else_has_filled_while_the_log_was_long(home, tmp_path):
    with store_on_small_disk(home, tmp_path / "small", "96m") as (small, start):
        server = start()
        text = base64.b64encode(os.urandom(30_000)).decode()
        for number in range(200):
            said = {"message": text[number:] + str(number)}
            assert server.post(f"/v1/agents/echo/chat?sessionId=s{number}", said)[0] == 200
        assert (small / "store.sqlite-wal").stat().st_size > 8 << 20
        with (small / "other").open("wb", buffering=0) as other, contextlib.suppress(OSError):
            while True:
                other.write(bytes(4096))
        assert server.post("/v1/agents/echo/chat?sessionId=new", {"message": "x"})[1]["code"] == "store_full"
        delete(server, (f"s{number}" for number in range(200)))
        status, answer = server.post("/v1/agents/echo/chat?sessionId=new", {"message": "again"})
        assert (status, answer["content"]) == (200, "again")
        assert start().post("/v1/agents/echo/chat?sessionId=new", {"message": "and again"})[0] == 200


def test_too_few_files_are_said_in_a_sentence(home):
    command = f"ulimit -n 24; exec {binary()} serve --port 0 --store memory"
    few = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert few.returncode == 1 and "may open 24 files" in few.stderr and few.stdout == ""


def test_sessions_sleep_when_nobody_uses_them_and_wake_for_a_message(home):
    server = Server(home, args=("--agent", "echo", "--idle", "1s"))
    try:
        server.post("/v1/agents/echo/chat?sessionId=a", {"message": "hi"})
        with Inspector(server) as inspector:
            def statuses():
                watch = inspector.call("sessions.watch", sort="created", offset=0, limit=5)
                inspector.call("sessions.unwatch", watch=watch["watch"])
                return [row["status"] for row in watch["rows"]]

            until("it sleeps", lambda: statuses() == ["asleep"])
            server.post("/v1/agents/echo/chat?sessionId=a", {"message": "you"})
            assert statuses() == ["awake"]
            head = inspector.call("session.attach", agent="echo", session="a")["head"]
            assert len(head["messages"]) == 4 and head["state"] == {"turns": 2}
    finally:
        server.stop()
