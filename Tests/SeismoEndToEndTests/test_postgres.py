"""Sessions in PostgreSQL: what the database, a runtime or the connection between them does must lose nothing that was answered.
They run where `.ci/postgres` has started a server."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest
from conftest import ROOT, Server, binary, until
from test_persistence import SESSIONS, Inspector, Work, check, delete, fill, only_root, small_disk

ADDRESS = os.environ.get("SEISMO_TEST_POSTGRES", "")
FOLDER = os.environ.get("SEISMO_TEST_POSTGRES_FOLDER", "")

pytestmark = pytest.mark.skipif(not ADDRESS, reason="no PostgreSQL was started")


def psql(text, address=ADDRESS):
    done = subprocess.run(["psql", address, "-AtXc", text], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def database():
    name = "seismo_" + uuid.uuid4().hex
    psql(f"CREATE DATABASE {name}")
    yield re.sub(r"/postgres\?", f"/{name}?", ADDRESS)
    psql(f"DROP DATABASE {name} WITH (FORCE)")


def serve(home, database, *args):
    return Server(home, args=("--store", database, "--lease", "2s", "--agent", "counter", *args))


def drill(home, database, disturb, rounds, statuses=None, lease="2s"):
    """Sends requests with six clients while `disturb` is called, then compares every answer with the journals."""
    work = Work(seed=7)
    server = serve(home, database, "--lease", lease)
    if statuses is not None:
        post = server.post

        def noting(*args):
            answer = post(*args)
            statuses.append(answer[0])
            return answer

        server.post = noting
    for number in range(rounds):
        threads = [
            threading.Thread(target=work.keep_sending, args=(server, time.monotonic() + 6)) for _ in range(6)
        ]
        wanted = len(work.done) + 12
        for thread in threads:
            thread.start()
        until("requests are answered", lambda: len(work.done) >= wanted)
        server = disturb(server, number) or server
        for thread in threads:
            thread.join()
    try:
        until("the store answers", lambda: server.post("/v1/agents/counter/chat", {"message": "hi"})[0] == 200)
        while work.open:
            assert work.send(server, work.open.pop(0))
        assert len(work.done) > 10 * rounds
        with Inspector(server) as inspector:
            inspector.call("jobs.pause", agent="counter", job="tick")
            for session in SESSIONS:
                check(session, work, inspector)
    finally:
        assert server.stop() == 0
    checked = subprocess.run([binary(), "serve", "--check", "--store", database], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return work


def test_kills_lose_nothing_that_was_answered(home, database):
    def kill(server, _):
        server.stop(signal.SIGKILL)
        return serve(home, database)

    drill(home, database, kill, 8)


def test_connections_that_the_database_ends_lose_nothing_and_refuse_next_to_nothing(home, database):
    def end(server, _):
        psql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            database,
        )

    statuses = []
    # Requests are repeated while the lease lasts; of two seconds, opening eight connections may take too much.
    work = drill(home, database, end, 8, statuses, lease="10s")
    # A newer message of its session may supersede one. Where a machine is so slow that a lease ends, requests are refused.
    assert len(statuses) >= work.total and set(statuses) <= {200, 409, 503}
    assert statuses.count(503) <= len(statuses) // 50


@pytest.mark.skipif(not FOLDER, reason="the server's folder is not known")
def test_a_database_that_crashes_loses_nothing_that_was_answered(home, database):
    def crash(server, _):
        subprocess.run([ROOT / ".ci/postgres", "crash", FOLDER], check=True, capture_output=True)

    drill(home, database, crash, 3)


def test_a_runtime_that_was_stopped_writes_nothing_over_what_another_wrote(home, database):
    stopped = serve(home, database)
    assert stopped.post("/v1/agents/counter/chat?sessionId=ann", {"message": "add 1"})[0] == 200
    stopped.process.send_signal(signal.SIGSTOP)
    try:
        other = serve(home, database)
        try:
            until("the other one takes the session", lambda: added(other))
            stopped.process.send_signal(signal.SIGCONT)
            # What it has in memory is over; it joins again, and its requests go to the one that has the session.
            done = [until("it joins again", lambda: added(stopped)), 1, 1]
            with Inspector(other) as inspector:
                events = inspector.journal("counter", "ann")
                assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
                past = inspector.call("session.at", agent="counter", session="ann", seq=len(events))
                assert past["state"]["count"] == sum(done)
        finally:
            assert other.stop() == 0
    finally:
        stopped.process.send_signal(signal.SIGCONT)
        stopped.stop()


def added(server):
    """Whether it has added 1."""
    status, answer = server.post("/v1/agents/counter/chat?sessionId=ann", {"message": "add 1"})
    assert status in (200, 409, 502, 503), answer
    return status == 200


@pytest.mark.parametrize(
    "change, words",
    [
        ((":proof@", ":wrong@"), "password authentication failed"),
        (("/postgres?", "/nowhere?"), "does not exist"),
        (("sslmode=verify-full", "sslmode=verify-full&nonsense=1"), "cannot be read"),
        (("127.0.0.1", "db.example"), "sslmode=require"),
    ],
)
def test_a_database_that_cannot_be_opened_says_why(home, change, words):
    address = ADDRESS.replace(*change)
    if change[1] == "db.example":
        address = address.replace("verify-full", "require")
    done = subprocess.run(
        [binary(), "serve", "--port", "0", "--store", address, "--lease", "2s"], capture_output=True, text=True
    )
    assert done.returncode != 0 and words in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1 and "proof" not in done.stderr and "wrong@" not in done.stderr


def ready(server):
    try:
        with urllib.request.urlopen(f"{server.url}/ready") as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@only_root
def test_a_full_disk_is_said_also_after_deletions_until_there_is_room(home, tmp_path):
    name = "seismo_" + uuid.uuid4().hex
    address = re.sub(r"/postgres\?", f"/{name}?", ADDRESS)
    # PostgreSQL's user must reach it.
    folder = Path(FOLDER) / name
    with small_disk(folder, "40m") as small:
        shutil.chown(small, "postgres", "postgres")
        psql(f"CREATE TABLESPACE {name} LOCATION '{small}'")
        psql(f"CREATE DATABASE {name} TABLESPACE {name}")
        server = Server(home, args=("--store", address, "--agent", "echo"))
        try:
            fill(server, lambda number: f"s{number}", lambda number: base64.b64encode(os.urandom(60_000)).decode())
            assert ready(server)[0] == 503
            delete(server, [f"s{number}" for number in range(8)])
            # Nothing is free before the database has swept up what was deleted, which needs room itself.
            status, answer = ready(server)
            assert (status, answer["status"]) == (503, "store_full")
            subprocess.run(["mount", "-o", "remount,size=80m", str(small)], check=True)
            until("there is room", lambda: ready(server)[0] == 200)
            assert server.post("/v1/agents/echo/chat?sessionId=new", {"message": "hi"})[0] == 200
        finally:
            assert server.stop() == 0
            psql(f"DROP DATABASE {name} WITH (FORCE)")
            psql(f"DROP TABLESPACE {name}")
