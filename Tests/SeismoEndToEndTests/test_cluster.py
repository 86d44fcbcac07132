"""Several runtimes on one PostgreSQL, behind a load balancer that gives each connection to the next one: what they are asked, and
what becomes of it when one is killed, stopped, cut off or restarted."""

import contextlib
import http.client
import itertools
import json
import os
import re
import signal
import ssl
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import LIMIT, RoundRobin, Server, know_each_other, until
from test_persistence import SESSIONS, Inspector, Work, check
from test_tls import certificate  # noqa: F401  (a fixture)
from test_postgres import ADDRESS, database, psql  # noqa: F401  (a fixture)
from websockets.sync.client import connect

pytestmark = pytest.mark.skipif(not ADDRESS, reason="no PostgreSQL was started")

TOKENS = {"SEISMO_ADMIN_TOKEN": "admin", "SEISMO_VIEWER_TOKEN": "viewer"}
ROUNDS = int(os.environ.get("SEISMO_CLUSTER_ROUNDS", "3"))


class Nodes:
    """Runtimes on one database, and the load balancer before them."""

    def __init__(self, home, database, count=3, args=(), env=None):
        self.home, self.database, self.args, self.env = home, database, args, {**TOKENS, **(env or {})}
        self.nodes = [self.start() for _ in range(count)]
        self.balancer = RoundRobin(node.port for node in self.nodes)
        until("they know each other", lambda: len(self.living()) == count)
        until("all see all", lambda: all(len(self.seen(node)) == count for node in self.nodes))
        know_each_other(database)

    def start(self):
        args = ("--store", self.database, "--lease", "2s", "--agent", "counter", *self.args)
        node = Server(self.home, env=self.env, args=args)
        node.token = lambda: "admin"
        return node

    def living(self):
        return psql("SELECT address FROM seismo.nodes WHERE buried IS NULL", self.database).split()

    def seen(self, node):
        with Inspector(node) as inspector:
            return inspector.call("runtime.stats").get("nodes", [])

    def replace(self, index):
        """Another process in the place of one that is gone."""
        self.nodes[index] = self.start()
        self.balancer.ports[index] = self.nodes[index].port
        return self.nodes[index]

    def owner(self, session, agent="counter"):
        """The node that has a session."""
        address = psql(
            "SELECT address FROM seismo.heads JOIN seismo.nodes ON number = owner AND buried IS NULL"
            f" WHERE agent = '{agent}' AND id = '{session}'",
            self.database,
        )
        return next((node for node in self.nodes if node.url == address), None)

    def other(self, *nodes):
        return next(node for node in self.nodes if node not in nodes)

    def close(self):
        self.balancer.close()
        for node in self.nodes:
            node.process.send_signal(signal.SIGCONT)
            node.process.send_signal(signal.SIGTERM)
        assert [node.process.wait(20) for node in self.nodes] == [0] * len(self.nodes)


@pytest.fixture
def nodes(home, database):  # noqa: F811
    nodes = Nodes(home, database)
    yield nodes
    nodes.close()


def chat(server, session, text, headers=None):
    return server.post(f"/v1/agents/counter/chat?sessionId={session}", {"message": text}, headers)


def count(nodes, session):
    with Inspector(nodes.nodes[0]) as inspector:
        events = inspector.journal("counter", session)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        return inspector.call("session.at", agent="counter", session=session, seq=len(events))["state"]["count"]


# MARK: Requests


def test_any_node_takes_any_request(nodes):
    for number in range(6):
        assert chat(nodes.balancer, "ann", "add 1")[0] == 200
        body = {"user": {"id": "ann"}, "by": 10}
        status, answer = nodes.balancer.post("/v1/agents/counter/hooks/bump", body)
        assert (status, answer["count"]) == (200, 11 * (number + 1))
    assert count(nodes, "ann") == 66
    # One exchange each, recorded where the session is.
    assert psql("SELECT count(*) FROM seismo.exchanges", nodes.database) == "6"
    owner = nodes.owner("ann")
    answer = urllib.request.urlopen(nodes.other(owner).url + "/ready").headers
    assert re.fullmatch(r".+:\d+", answer["x-seismo-node"])


def test_a_stream_comes_through_another_node(nodes):
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    edge = nodes.other(nodes.owner("ann"))
    request = urllib.request.Request(
        f"{edge.url}/v1/agents/counter/chat?sessionId=ann",
        json.dumps({"message": "add 2"}).encode(),
        {"Content-Type": "application/json", "Accept": "text/event-stream"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        names = re.findall(r"^event: (\w+)$", answer.read().decode(), re.M)
    assert names[0] == "session" and names[-2:] == ["message", "done"] and "delta" in names


def test_errors_of_another_node_are_the_clients(nodes):
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    owner = nodes.owner("ann")
    for node in nodes.nodes:
        status, answer = node.post("/v1/agents/counter/chat?sessionId=ann", {"messages": []})
        assert (status, answer["code"]) == (400, "messages_invalid")
    with Inspector(nodes.other(owner)) as inspector:
        inspector.call("session.end", agent="counter", session="ann")
    for node in nodes.nodes:
        status, answer = chat(node, "ann", "add 1")
        assert (status, answer["code"]) == (409, "session_ended")


def test_what_another_node_may_claim_of_a_request_is_no_clients_to_claim(nodes):
    forged = {"x-seismo-node-secret": "x" * 72, "x-seismo-peer": "1.2.3.4"}
    assert chat(nodes.nodes[0], "ann", "add 1", forged)[0] == 200
    socket = f"ws://127.0.0.1:{nodes.nodes[0].port}/v1/inspect"
    fields = {**forged, "x-seismo-inspector": "me", "x-seismo-role": "admin"}
    with pytest.raises(Exception, match="401"):
        connect(socket, additional_headers=fields)
    # What it came with is not recorded.
    nodes.nodes[0].post("/v1/agents/counter/hooks/bump", {"user": {"id": "ann"}, "by": 1}, forged)
    assert psql("SELECT count(*) FROM seismo.exchanges WHERE body LIKE '%x-seismo-%'", nodes.database) == "0"


def test_the_same_key_at_several_nodes_at_once_does_its_work_once(nodes):
    for session in ["?sessionId=ann", ""]:
        headers = {"Idempotency-Key": "key" + session}
        with ThreadPoolExecutor(9) as pool:
            answers = list(
                pool.map(
                    lambda n: n.post(f"/v1/agents/counter/chat{session}", {"message": "add 5"}, headers),
                    nodes.nodes * 3,
                )
            )
        assert [status for status, _ in answers] == [200] * 9, answers
        assert len({answer["id"] for _, answer in answers}) == 1
        assert len({answer["sessionId"] for _, answer in answers}) == 1
    assert count(nodes, "ann") == 5


def test_a_chat_over_websocket_goes_on_when_the_node_that_has_it_goes(nodes):
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    owner = nodes.owner("ann")
    edge = nodes.other(owner)
    with connect(f"ws://127.0.0.1:{edge.port}/v1/counter?sessionId=ann") as socket:

        def say(text):
            socket.send(json.dumps({"type": "message", "data": {"role": "user", "content": text}}))
            frames = []
            while not frames or frames[-1] != {"type": "loading", "data": False}:
                frames.append(json.loads(socket.recv(30)))
            return [frame["type"] for frame in frames]

        assert say("add 1") == ["loading", "message", "loading"]
        owner.stop(signal.SIGKILL)
        until("the session is taken over", lambda: say("add 1") == ["loading", "message", "loading"], 30)
        nodes.replace(nodes.nodes.index(owner))
        assert say("add 1") == ["loading", "message", "loading"]
    assert count(nodes, "ann") >= 4


def test_nodes_reach_each_other_by_tls_and_trust_the_certificates_in_the_database(home, database, certificate):  # noqa: F811
    # The authority is not the system's: it is after the certificate.
    (home / "chain.pem").write_text((home / "cert.pem").read_text() + (home / "ca.pem").read_text())
    args = ["--tls-cert", str(home / "chain.pem"), "--tls-key", str(home / "key.pem"), "--store", database, "--lease", "2s"]
    one, two = [Server(home, env=TOKENS, args=args, scheme="https") for _ in range(2)]
    context = ssl.create_default_context(cafile=home / "ca.pem")
    try:
        for server, sum in [(one, 1), (two, 2), (one, 3), (two, 4)]:
            request = urllib.request.Request(
                server.url + "/v1/agents/counter/chat?sessionId=ann",
                json.dumps({"message": "add 1"}).encode(),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, context=context, timeout=20) as answer:
                assert json.loads(answer.read())["content"] == f"The count is {sum}."
    finally:
        assert [one.stop(), two.stop()] == [0, 0]


# MARK: Bad days


def drill(nodes, disturb, rounds=ROUNDS):
    """Sends requests to all nodes while `disturb` is called, then compares every answer with the journals."""
    work = Work(seed=7)
    for number in range(rounds):
        end, wanted = time.monotonic() + 4, len(work.done) + 12
        threads = [
            threading.Thread(target=lambda: keep_sending(work, nodes.balancer, end, wanted)) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        until("requests are answered", lambda: len(work.done) >= wanted)
        disturb(number)
        for thread in threads:
            thread.join()
    end = time.monotonic() + 30
    while work.open and time.monotonic() < end:
        work.send(nodes.balancer, work.open.pop(0))
    assert not work.open
    assert len(work.done) > 10 * rounds
    with Inspector(nodes.nodes[0]) as inspector:
        inspector.call("jobs.pause", agent="counter", job="tick")
        until("no tick runs", lambda: not inspector.call("sessions.watch", filter="doing:tick")["rows"])
        for session in SESSIONS:
            check(session, work, inspector)


def keep_sending(work, server, until, wanted):
    """On a slow machine it goes on until enough is answered."""
    while time.monotonic() < until or (len(work.done) < wanted and time.monotonic() < until + LIMIT):
        work.send(server, work.next())


def test_nodes_that_are_killed_lose_nothing_that_was_answered(nodes):
    def kill(number):
        index = number % len(nodes.nodes)
        nodes.nodes[index].stop(signal.SIGKILL)
        nodes.replace(index)

    drill(nodes, kill)


def test_nodes_that_are_stopped_for_longer_than_their_lease_lose_nothing(nodes):
    def stop(number):
        node = nodes.nodes[number % len(nodes.nodes)]
        node.process.send_signal(signal.SIGSTOP)
        until("it is taken for dead", lambda: node.url not in nodes.living())
        node.process.send_signal(signal.SIGCONT)

    drill(nodes, stop)


def test_a_request_that_is_at_a_node_which_stops_is_answered(nodes):
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    owner = nodes.owner("ann")
    edge = nodes.other(owner)
    owner.process.send_signal(signal.SIGSTOP)
    status, answer = chat(edge, "ann", "add 1")
    assert (status, answer["code"]) == (502, "owner_unreachable")
    assert owner.url not in answer["message"], "a client is not told where nodes are"
    assert chat(edge, "ann", "add 1")[0] == 200


def test_connections_that_the_database_ends_lose_nothing(nodes):
    def end(_):
        psql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            nodes.database,
        )

    drill(nodes, end)


def test_a_rolling_restart_under_load_fails_no_request(nodes):
    """As a load balancer does it: refusals with `Retry-After` and broken connections are tried again."""
    stop, failed, answered, keys = threading.Event(), [], [], itertools.count()

    def send_all(number):
        while not stop.is_set():
            key = {"Idempotency-Key": f"roll-{next(keys)}"}
            for _ in range(60):
                try:
                    status, answer = chat(nodes.balancer, f"r{number}", "add 1", key)
                except (OSError, http.client.HTTPException):
                    status, answer = None, None
                if status not in (None, 502, 503):
                    break
                time.sleep(0.25)
            (answered if status == 200 else failed).append((number, status, answer))

    threads = [threading.Thread(target=send_all, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for index in range(3):
        wanted = len(answered) + 10
        until("requests are answered", lambda: len(answered) >= wanted)
        assert nodes.nodes[index].stop() == 0
        nodes.replace(index)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed, failed
    for number in range(4):
        assert count(nodes, f"r{number}") == sum(who == number for who, _, _ in answered)


class StallingModel:
    """Calls the tool `add` once for each message, and then says nothing more; `slow` it answers after a while."""

    def __init__(self):
        model = self
        self.over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                self.wfile.flush()
                if body["messages"][-1]["role"] == "tool":
                    model.over.wait()
                    return
                if body["messages"][-1]["content"] == "slow":
                    model.over.wait(3)
                    piece = {"choices": [{"index": 0, "delta": {"content": "done"}, "finish_reason": "stop"}]}
                    self.wfile.write(f"data: {json.dumps(piece)}\n\ndata: [DONE]\n\n".encode())
                    return
                call = {"index": 0, "id": "call_1", "function": {"name": "add", "arguments": '{"amount": 1}'}}
                for delta, reason in (({"tool_calls": [call]}, None), ({}, "tool_calls")):
                    piece = {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
                    self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
                self.wfile.write(b"data: [DONE]\n\n")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def test_a_turn_that_a_shutdown_cuts_off_is_done_nowhere_else_and_its_client_is_told(home, database):  # noqa: F811
    model = StallingModel()
    env = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": f"http://127.0.0.1:{model.server.server_port}/v1"}
    nodes = Nodes(home, database, args=("--provider", "openai", "--model", "m"), env=env)

    def begin(owner, calls):
        """Each call with a session of its own at the owner; returns when their tools have run."""
        for session, _, _ in calls:
            assert owner.post("/v1/agents/counter/hooks/bump", {"user": {"id": session}, "by": 10})[0] == 200
        pool = ThreadPoolExecutor()
        answers = [pool.submit(chat, at, session, "add 1", fields) for session, at, fields in calls]
        for session, _, _ in calls:
            until("its tool has run", lambda session=session: count(nodes, session) == 11)
        return answers

    def shut_down(node):
        assert node.stop() == 0
        nodes.replace(nodes.nodes.index(node))

    def said(session):
        with Inspector(nodes.nodes[0]) as inspector:
            return [
                event["message"]["role"] for event in inspector.journal("counter", session)
                if event["kind"] == "message.added" and event["message"]["blocks"][0]["type"] == "text"
            ]

    try:
        owner, edge, _ = nodes.nodes
        key = {"Idempotency-Key": "once"}
        calls = [("ann", edge, None), ("bob", edge, key), ("eve", owner, None), ("kim", owner, {"Idempotency-Key": "two"})]
        answers = begin(owner, calls)
        shut_down(owner)
        for (session, _, _), answer in zip(calls, answers):
            status, body = answer.result(LIMIT)
            assert (status, body["code"]) == (503, "shutting_down"), body
            assert (count(nodes, session), said(session)) == (11, ["user"])
        # The one that passes requests on.
        owner = nodes.nodes[0]
        assert owner.post("/v1/agents/counter/hooks/bump", {"user": {"id": "sue"}, "by": 10})[0] == 200
        answer, = begin(owner, [("ned", edge, None)])
        with connect(f"ws://127.0.0.1:{edge.port}/v1/counter?sessionId=sue") as socket:
            socket.send(json.dumps({"type": "message", "data": {"role": "user", "content": "slow"}}))
            assert json.loads(socket.recv(20)) == {"type": "loading", "data": True}
            shut_down(edge)
            frames = [json.loads(frame) for frame in socket]
            assert [frame["type"] for frame in frames] == ["message", "loading"], frames
            assert socket.close_code == 1001
        status, body = answer.result(LIMIT)
        assert (status, body["code"]) == (503, "shutting_down"), body
        assert count(nodes, "ned") == 11
    finally:
        model.close()
        nodes.close()


# MARK: Jobs


def test_a_chat_over_websocket_goes_on_when_the_node_that_has_it_is_frozen(nodes):
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    owner = nodes.owner("ann")
    edge = nodes.other(owner)
    message = json.dumps({"type": "message", "data": {"role": "user", "content": "add 1"}})
    with connect(f"ws://127.0.0.1:{edge.port}/v1/counter?sessionId=ann") as socket:
        socket.send(message)
        assert [json.loads(socket.recv(20))["type"] for _ in range(3)] == ["loading", "message", "loading"]
        owner.process.send_signal(signal.SIGSTOP)
        socket.send(message)
        frames = []
        while not frames or frames[-1] != {"type": "loading", "data": False}:
            frames.append(json.loads(socket.recv(20)))
        kinds = [frame["type"] for frame in frames]
        assert "error" in kinds and "message" not in kinds, frames
        socket.send(message)
        assert [json.loads(socket.recv(20))["type"] for _ in range(3)] == ["loading", "message", "loading"]
        owner.process.send_signal(signal.SIGCONT)
        until("it joins again", lambda: owner.url in nodes.living())
    # The one in the middle may have been done: its answer was lost.
    assert count(nodes, "ann") in (3, 4)


def test_each_job_ticks_once_however_many_nodes_there_are(nodes):
    with Inspector(nodes.nodes[1]) as inspector:
        for number in range(12):
            assert chat(nodes.balancer, f"t{number}", "add 1")[0] == 200
        # While nodes go, some sessions sleep and others are awake.
        time.sleep(1.5)
        nodes.nodes[0].stop(signal.SIGKILL)
        nodes.replace(0)
        until("the sessions are taken over", lambda: psql(
            "SELECT count(*) FROM seismo.heads h JOIN seismo.nodes n ON n.number = h.owner WHERE n.buried IS NOT NULL",
            nodes.database) == "0", 15)
        time.sleep(3)
        inspector.call("jobs.pause", agent="counter", job="tick")
        runs = 0
        for number in range(12):
            # The agent's other job comes at full minutes.
            events = [event for event in inspector.journal("counter", f"t{number}") if event.get("job") == "tick"]
            started = [event["scheduled"] for event in events if event["kind"] == "tick.started"]
            assert len(started) == len(set(started))
            missed = []
            for event in events:
                if event["kind"] == "tick.missed":
                    due = re.search(r"; (\d+) ticks", event["reason"])
                    missed += [event["scheduled"] + 1000 * more for more in range(int(due[1]) if due else 1)]
            left_out = set(range(started[0], started[-1] + 1, 1000)) - set(started)
            assert left_out <= set(missed), "each tick that was due ran, or is recorded as missed"
            assert len(missed) == len(set(missed)) and not set(missed) & set(started)
            runs += len(started)
        assert runs > 12


# MARK: Inspectors


def watched(inspector, **query):
    return {row["session"]: row for row in inspector.call("sessions.watch", **query)["rows"]}


def test_the_list_of_any_node_has_all_sessions_and_says_where_they_are(nodes):
    for index, node in enumerate(nodes.nodes):
        assert chat(node, f"n{index}", "add 1")[0] == 200
    for node in nodes.nodes:
        with Inspector(node) as inspector:
            rows = watched(inspector)
            assert set(rows) >= {"n0", "n1", "n2"}
            assert len({rows[f"n{index}"]["node"] for index in range(3)}) == 3
            name = rows["n1"]["node"]
            assert set(watched(inspector, filter=f"node:{name}")) == {"n1"}
            hello = inspector.call("runtime.hello")
            assert len(hello["nodes"]) == 3 and all(one["lease"] > 0 for one in hello["nodes"])


def test_numbers_and_runs_of_jobs_are_those_of_all_nodes(nodes):
    for index, node in enumerate(nodes.nodes):
        for _ in range(2):
            assert chat(node, f"n{index}", "add 1")[0] == 200
    with Inspector(nodes.nodes[1]) as inspector:
        until("the numbers are those of all", lambda: inspector.call("runtime.stats")["turns"] == 6)

        def ticked():
            ticks = inspector.call("jobs.ticks", agent="counter", limit=1000)["ticks"]
            runs = [(tick.get("session"), tick["job"], tick["scheduled"]) for tick in ticks]
            assert len(runs) == len(set(runs))
            assert [tick["scheduled"] for tick in ticks] == sorted((run[2] for run in runs), reverse=True)
            return {run[0] for run in runs}

        until("ticks of all sessions are told", lambda: ticked() >= {"n0", "n1", "n2"})


def test_what_is_done_to_a_session_at_another_node_is_done_there(nodes):
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    edge = nodes.other(nodes.owner("ann"))
    with Inspector(edge) as inspector:
        key = {"agent": "counter", "session": "ann"}
        inspector.call("jobs.pause", job="tick", **key)
        inspector.call("session.send", message={"role": "user", "content": "add 4"}, **key)
        until("it was added", lambda: count(nodes, "ann") == 5)
        inspector.call("session.snapshot", name="five", **key)
        inspector.call("session.send", message={"role": "user", "content": "add 4"}, **key)
        until("it was added", lambda: count(nodes, "ann") == 9)
        inspector.call("session.restore", to="five", anyway=True, **key)
        assert count(nodes, "ann") == 5
        seq = inspector.call("session.attach", **key)["head"]["seq"]
        inspector.call("session.edit", expect=seq, state=[{"op": "replace", "path": "/count", "value": 40}], **key)
        assert count(nodes, "ann") == 40
        inspector.call("jobs.run", job="tick", **key)
        fork = inspector.call("session.fork", **key, **{"as": "bob"})
        assert fork["session"] == "bob"
        assert nodes.owner("ann") not in (edge, None)
        inspector.call("session.delete", confirm="ann", **key)
        acts = [entry["method"] for entry in inspector.call("audit.list", limit=100)["entries"]]
        for method in ["session.send", "session.snapshot", "session.restore", "session.edit", "session.delete"]:
            assert acts.count(method) == (2 if method == "session.send" else 1), acts
    assert psql("SELECT count(*) FROM seismo.heads WHERE id = 'ann'", nodes.database) == "0"


def test_a_session_at_another_node_is_rerun_there_and_its_steps_are_told_here(nodes):
    for number in range(3):
        assert chat(nodes.nodes[0], "ann", f"add {number}")[0] == 200
    edge = nodes.other(nodes.owner("ann"))
    with Inspector(edge) as inspector:

        def told():
            while True:
                message = json.loads(inspector.socket.recv(20))
                if message.get("method", "").startswith("rerun."):
                    return message["method"], message["params"]

        def begin(**options):
            return inspector.call("session.rerun", agent="counter", session="ann", **options)["rerun"]

        first = begin()
        steps = [told() for _ in range(4)]
        assert [method for method, _ in steps] == ["rerun.step"] * 3 + ["rerun.end"]
        assert {params["rerun"] for _, params in steps} == {first}
        assert (steps[-1][1]["steps"], steps[-1][1]["repeated"]) == (3, 3)
        second = begin()
        inspector.call("rerun.stop", rerun=second)
        method, params = told()
        while method != "rerun.end":
            method, params = told()
        assert params["rerun"] == second
        assert begin() != first, "its place is free again"


def test_an_id_is_free_again_at_all_nodes_when_its_session_was_deleted_at_one(nodes):
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    owner = nodes.owner("ann")
    edge = nodes.other(owner)
    key = {"agent": "counter", "session": "ann"}
    with Inspector(owner) as there, Inspector(edge) as here:
        assert here.journal(**key)
        there.call("session.delete", confirm="ann", **key)
        assert here.call("session.create", **key)["session"] == "ann"


def test_a_viewer_stays_a_viewer_at_another_node(nodes):
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    edge = nodes.other(nodes.owner("ann"))
    edge.token = lambda: "viewer"
    with Inspector(edge) as inspector:
        with pytest.raises(AssertionError, match="forbidden"):
            inspector.call("session.send", agent="counter", session="ann", message={"role": "user", "content": "add 1"})
        assert inspector.call("session.attach", agent="counter", session="ann")["head"]["summary"]["session"] == "ann"


def test_an_attachment_goes_on_when_the_node_that_has_the_session_goes(nodes):
    """An inspector at one node, the session at another, which is killed: no event is missing, and none comes twice."""
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    owner = nodes.owner("ann")
    edge = nodes.other(owner)
    with Inspector(edge) as inspector:
        attached = inspector.call("session.attach", agent="counter", session="ann")
        seqs, last = [], attached["head"]["seq"]

        def read(enough):
            end = time.monotonic() + 20
            while not enough() and time.monotonic() < end:
                with contextlib.suppress(TimeoutError):
                    told = json.loads(inspector.socket.recv(0.2))
                    if told.get("method") == "session.event":
                        assert told["params"]["attachment"] == attached["attachment"]
                        seqs.append(told["params"]["event"]["seq"])
            assert enough(), (seqs, last)

        def say():
            assert until("it is taken", lambda: chat(nodes.balancer, "ann", "add 1")[0] == 200)
            with Inspector(nodes.other(owner)) as other:
                return len(other.journal("counter", "ann"))

        newest = say()
        read(lambda: seqs and seqs[-1] >= newest)
        owner.stop(signal.SIGKILL)
        newest = say()
        read(lambda: seqs[-1] >= newest)
        nodes.replace(nodes.nodes.index(owner))
        newest = say()
        read(lambda: seqs[-1] >= newest)
        assert seqs == list(range(last + 1, seqs[-1] + 1))


def test_an_attachment_goes_on_at_a_node_that_was_stopped_for_longer_than_its_lease(nodes):
    """The inspector and the session at one node, which others take for gone: it lets go of the session, and follows it there."""
    assert chat(nodes.nodes[0], "ann", "add 1")[0] == 200
    owner = nodes.owner("ann")
    other = nodes.other(owner)
    with Inspector(owner) as inspector:
        inspector.call("jobs.pause", agent="counter", job="tick", session="ann")
        last = inspector.call("session.attach", agent="counter", session="ann")["head"]["seq"]
        owner.process.send_signal(signal.SIGSTOP)
        until("it is taken for gone", lambda: owner.url not in nodes.living())
        until("the other takes the session", lambda: chat(other, "ann", "add 1")[0] == 200)
        owner.process.send_signal(signal.SIGCONT)
        until("it joins again", lambda: owner.url in nodes.living())
        assert chat(other, "ann", "add 1")[0] == 200
        with Inspector(other) as second:
            newest = len(second.journal("counter", "ann"))
        seqs = []
        while not seqs or seqs[-1] < newest:
            told = json.loads(inspector.socket.recv(20))
            if told.get("method") == "session.event":
                seqs.append(told["params"]["event"]["seq"])
        assert seqs == list(range(last + 1, newest + 1))


def test_a_list_hears_of_what_happens_at_other_nodes(nodes):
    with Inspector(nodes.nodes[0]) as inspector:
        inspector.call("sessions.watch")
        inspector.call("hooks.watch", agent="counter")
        assert chat(nodes.nodes[1], "far", "add 1")[0] == 200
        nodes.nodes[2].post("/v1/agents/counter/hooks/bump", {"user": {"id": "far"}, "by": 1})
        seen = set()
        end = time.monotonic() + 10
        while len(seen) < 2 and time.monotonic() < end:
            told = json.loads(inspector.socket.recv(10))
            rows = told["params"].get("rows") or told["params"].get("exchanges") or [] if "method" in told else []
            if any(row.get("session") == "far" for row in rows):
                seen.add(told["method"])
        assert seen == {"sessions.changed", "hooks.changed"}
