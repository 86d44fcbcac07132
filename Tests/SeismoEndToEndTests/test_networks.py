"""What lies between runtimes, their database and their clients: networks that lose everything without a word, poolers, and a
database whose replica takes its place."""

import contextlib
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import pytest
from conftest import ROOT, Relay, Server, binary, until
from test_cluster import Nodes, chat, count, drill
from test_persistence import Inspector
from test_postgres import ADDRESS, FOLDER, database, psql  # noqa: F401  (a fixture)
from test_postgres import drill as drill_of_one
from websockets.sync.client import connect

pytestmark = pytest.mark.skipif(not ADDRESS, reason="no PostgreSQL was started")

PORT = int(re.search(r":(\d+)/", ADDRESS).group(1)) if ADDRESS else 0


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def get(server, path):
    try:
        with urllib.request.urlopen(server.url + path, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def bump(server):
    return server.post("/v1/agents/counter/hooks/bump", {"user": {"id": "eve"}, "by": 1})


class ApartNodes(Nodes):
    """Each has a network of its own to the database, and one on which the others reach it."""

    def start(self):
        port = free_port()
        to_database, to_node = Relay(PORT), Relay(port)
        args = (
            "--store", self.database.replace(f":{PORT}/", f":{to_database.port}/"), "--lease", "2s",
            "--advertise", f"http://127.0.0.1:{to_node.port}", *self.args,
        )
        node = Server(self.home, port, env={"SEISMO_ADMIN_TOKEN": "admin"}, args=("--agent", "counter", *args))
        node.token = lambda: "admin"
        node.to_database, node.to_node = to_database, to_node
        return node

    def owner(self, session, agent="counter"):
        address = self.address(session, agent)
        return next((node for node in self.nodes if address.endswith(f":{node.to_node.port}")), None)

    def address(self, session, agent="counter"):
        return psql(
            "SELECT address FROM seismo.heads JOIN seismo.nodes ON number = owner AND buried IS NULL"
            f" WHERE agent = '{agent}' AND id = '{session}'",
            self.database,
        )

    def close(self):
        for node in self.nodes:
            node.to_database.mend()
            node.to_node.mend()
        super().close()
        for node in self.nodes:
            node.to_database.close()
            node.to_node.close()


@pytest.fixture
def apart(home, database):  # noqa: F811
    nodes = ApartNodes(home, database)
    yield nodes
    nodes.close()


def test_nodes_that_are_cut_off_from_the_database_lose_nothing(apart):
    def cut(number):
        node = apart.nodes[number % len(apart.nodes)]
        address = f"http://127.0.0.1:{node.to_node.port}"
        if number % 2:
            node.to_database.cut()
        else:
            node.to_database.silence()
        until("it is taken for dead", lambda: address not in apart.living())
        node.to_database.mend()
        until("it is back", lambda: address in apart.living())

    drill(apart, cut)


class SpoilingRelay(Relay):
    """Now and then passes what the server sends twice, or not at all, as a broken pooler does."""

    def __init__(self, target, times):
        self.times, self.spoiling, self.spoilt, self.chances = times, False, 0, random.Random(7)
        super().__init__(target)

    def spoil(self, data):
        if not self.spoiling or self.chances.random() > 0.05:
            return data
        self.spoilt += 1
        return data * self.times


@pytest.mark.parametrize("times", [0, 2])
def test_answers_that_do_not_fit_what_was_asked_end_a_connection_and_nothing_else(home, database, times):  # noqa: F811
    relay = SpoilingRelay(PORT, times)
    address = re.sub(r"\?.*", "?sslmode=disable", database.replace(f":{PORT}/", f":{relay.port}/"))

    def spoil(server, number):
        # Behind one that is left out a connection may say nothing more until it is given up.
        relay.spoiling, wanted = True, relay.spoilt + (3 if times else 1)
        until("answers are spoilt", lambda: relay.spoilt >= wanted)
        relay.spoiling = False

    try:
        drill_of_one(home, address, spoil, 3)
    finally:
        relay.close()


def test_a_node_that_is_cut_off_from_the_database_says_so_and_refuses_work(apart):
    node, other = apart.nodes[:2]
    assert chat(node, "ann", "add 1")[0] == 200
    node.to_database.silence()

    until("it is not ready", lambda: get(node, "/ready") == 503)
    for path in ("/health", "/metrics"):
        assert get(node, path) == 200
    # Each is answered in less time than the tests' clients wait.
    for send in (lambda: chat(node, "ann", "add 1"), lambda: chat(node, "new", "add 1"), lambda: bump(node)):
        status, answer = send()
        assert status == 503 and answer["code"] in ("store_io", "store_lease_lost", "lease_lost"), answer
    until("another has the session", lambda: chat(other, "ann", "add 1")[0] == 200)
    node.to_database.mend()
    until("it is ready", lambda: get(node, "/ready") == 200)
    until("it knows what the other did", lambda: chat(node, "ann", "add 1")[0] == 200)
    assert count(apart, "ann") == 3


def test_a_node_that_the_others_cannot_reach_keeps_its_sessions_and_they_say_so(apart):
    assert chat(apart.nodes[0], "ann", "add 1")[0] == 200
    owner = apart.owner("ann")
    edge = apart.other(owner)
    owner.to_node.silence()
    status, answer = chat(edge, "ann", "add 1", {"Idempotency-Key": "once"})
    assert (status, answer["code"]) == (502, "owner_unreachable")
    with Inspector(edge) as inspector:
        with pytest.raises(AssertionError, match="owner_unreachable"):
            inspector.call("session.send", agent="counter", session="ann", message={"role": "user", "content": "add 1"})
        assert [row["session"] for row in inspector.call("sessions.watch")["rows"]] == ["ann"]
    assert chat(owner, "ann", "add 1")[1]["content"] == "The count is 2."
    owner.to_node.mend()
    until("it is reached again", lambda: chat(edge, "ann", "add 1", {"Idempotency-Key": "once"})[0] == 200)
    # What was sent into the silence may have come there after all; with its key it is done once.
    assert count(apart, "ann") == 3


def test_a_clients_network_that_is_silent_for_a_while_loses_nothing(apart):
    node = apart.nodes[0]
    relay = Relay(node.port)
    try:
        with connect(f"ws://127.0.0.1:{relay.port}/v1/counter?sessionId=ann", open_timeout=20) as chatting:
            chatting.send(json.dumps({"type": "message", "data": {"content": "add 1"}}))
            until("it is answered", lambda: "The count is 1." in chatting.recv(20))
            relay.silence()
            chatting.send(json.dumps({"type": "message", "data": {"content": "add 1"}}))
            time.sleep(3)
            relay.mend()
            until("it is answered", lambda: "The count is 2." in chatting.recv(20))
    finally:
        relay.close()
    assert count(apart, "ann") == 2


def last_count(inspector, session):
    seq = inspector.journal("counter", session)[-1]["seq"]
    return inspector.call("session.at", agent="counter", session=session, seq=seq)["state"]["count"]


@pytest.fixture
def failing_over():
    """A server and its replica, and the address of both."""
    folders = [tempfile.mkdtemp(prefix="seismo-failover-") for _ in range(2)]
    script = ROOT / ".ci/postgres"

    def run(*command):
        done = subprocess.run([script, *command], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout
    try:
        address = re.search(r"SEISMO_TEST_POSTGRES='(.*)'", run("start", folders[0])).group(1)
        port = run("copy", *folders).strip()
        yield run, folders, re.sub(r"(127.0.0.1:\d+)/", rf"\1,127.0.0.1:{port}/", address)
    finally:
        for folder in folders:
            run("stop", folder)


def test_after_a_failover_to_a_replica_that_is_behind_all_is_read_again(home, failing_over):
    run, (first, replica), address = failing_over
    server = Server(home, args=("--store", address, "--lease", "4s", "--agent", "counter"))
    try:
        for session in ("ann", "bob"):
            assert chat(server, session, "add 1")[1]["content"] == "The count is 1."
        in_time = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()"
        until("the replica has it", lambda: psql(in_time, address) == "1")
        run("down", replica)
        # Acknowledged, and lost with the server: nothing waits for the replica.
        assert chat(server, "ann", "add 1")[1]["content"] == "The count is 2."
        run("down", first)
        run("up", replica)
        run("promote", replica)
        until("it goes on", lambda: chat(server, "bob", "add 1")[0] == 200)
        with Inspector(server) as inspector:
            until("all is read again", lambda: last_count(inspector, "ann") == 1)
        # Until the new history is noticed they are refused.
        for session, text in (("ann", "The count is 2."), ("bob", "The count is 3.")):
            answers = []
            until("it is answered", lambda: answers.append(chat(server, session, "add 1")) or answers[-1][0] == 200)
            assert answers[-1][1]["content"] == text
    finally:
        assert server.stop() == 0
    checked = subprocess.run([binary(), "serve", "--check", "--store", address], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture
def slow_model():
    """A model's server that says a word each tenth of a second, for ever."""

    class Saying(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            with contextlib.suppress(OSError):
                while True:
                    word = {"choices": [{"index": 0, "delta": {"content": "word "}}]}
                    self.wfile.write(f"data: {json.dumps(word)}\n\n".encode())
                    time.sleep(0.1)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Saying)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1"}
    server.shutdown()


def test_a_stream_whose_node_dies_ends_with_an_error(home, database, slow_model):  # noqa: F811
    args = ("--store", database, "--lease", "2s", "--agent", "counter", "--provider", "openai", "--model", "m")
    owner, edge = [Server(home, env=slow_model, args=args) for _ in range(2)]
    try:
        until("they know each other", lambda: psql("SELECT count(*) FROM seismo.nodes WHERE buried IS NULL", database) == "2")

        def stream(server):
            request = urllib.request.Request(
                f"{server.url}/v1/agents/counter/chat?sessionId=ann", json.dumps({"message": "hello"}).encode(),
                {"Content-Type": "application/json", "Accept": "text/event-stream"},
            )
            return urllib.request.urlopen(request, timeout=20)
        first = stream(owner)
        until("it streams", lambda: b"event: delta" in first.readline())
        with stream(edge) as answer:
            until("it streams", lambda: b"event: delta" in answer.readline())
            owner.stop(signal.SIGKILL)
            events = re.findall(r"^event: (\w+)\ndata: (.*)\n\n", answer.read().decode().partition("\n\n")[2], re.M)
        assert [name for name, _ in events[-2:]] == ["error", "done"], events[-3:]
        assert json.loads(events[-2][1])["code"] == "owner_unreachable" and owner.url not in events[-2][1]
    finally:
        owner.stop()
        assert edge.stop() == 0


@pytest.fixture
def pooler(database):  # noqa: F811
    """PgBouncer in a mode."""
    program = shutil.which("pgbouncer") or pytest.fail("PgBouncer is not installed: apt-get install pgbouncer")
    name = re.search(r"/(seismo_\w+)\?", database).group(1)
    started = []

    def start(mode):
        port = free_port()
        folder = tempfile.mkdtemp(prefix="seismo-pooler-")
        (open(f"{folder}/users", "w")).write('"seismo" "proof"\n')
        with open(f"{folder}/ini", "w") as file:
            file.write(
                f"[databases]\n{name} = host=127.0.0.1 port={PORT} dbname={name} user=seismo password=proof\n"
                f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
                f"auth_type = scram-sha-256\nauth_file = {folder}/users\npool_mode = {mode}\n"
                f"logfile = {folder}/log\n"
            )
        command = [program, f"{folder}/ini"]
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "postgres", folder], check=True)
            command = ["runuser", "-u", "postgres", "--", *command]
        started.append((subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), folder))

        def takes():
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True
        until("it listens", takes)
        return f"postgres://seismo:proof@127.0.0.1:{port}/{name}"

    yield start
    for process, folder in started:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder)


def test_a_pooler_in_session_mode_is_as_good_as_none(home, pooler):
    server = Server(home, args=("--store", pooler("session"), "--lease", "2s", "--agent", "counter"))
    try:
        assert [chat(server, "ann", "add 1")[1]["content"] for _ in range(2)] == ["The count is 1.", "The count is 2."]
    finally:
        assert server.stop() == 0


def test_a_pooler_in_transaction_mode_is_refused(home, pooler, database):  # noqa: F811
    done = subprocess.run(
        [binary(), "serve", "--port", "0", "--store", pooler("transaction"), "--agent", "counter"],
        capture_output=True, text=True, timeout=60,
    )
    assert done.returncode != 0 and "session mode" in done.stderr, done.stderr
    assert psql("SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')", database) == "0"


def test_too_few_connections_are_said_at_the_start(home, database):  # noqa: F811
    name = re.search(r"/(seismo_\w+)\?", database).group(1)
    psql(f"ALTER DATABASE {name} CONNECTION LIMIT 5")
    psql("CREATE ROLE few LOGIN PASSWORD 'proof'")
    psql(f"GRANT ALL ON DATABASE {name} TO few")
    try:
        done = subprocess.run(
            [binary(), "serve", "--port", "0", "--store", database.replace("//seismo:", "//few:"), "--lease", "2s"],
            capture_output=True, text=True, timeout=60,
        )
        assert done.returncode != 0 and "too many connections" in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1
    finally:
        psql("DROP OWNED BY few", database)
        psql("DROP ROLE few")
