"""Runtimes on one database that host different agents: any of them takes what is asked of any agent."""

import json
import urllib.error
import urllib.request

import pytest
from conftest import Server, until
from test_cluster import Nodes, TOKENS
from test_persistence import Inspector
from test_postgres import ADDRESS, database, psql  # noqa: F401  (a fixture)
from websockets.sync.client import connect

pytestmark = pytest.mark.skipif(not ADDRESS, reason="no PostgreSQL was started")

AGENTS = ("counter", "echo", "support", "counter")


class DifferentNodes(Nodes):
    def start(self):
        agent = AGENTS[len(self.nodes) if hasattr(self, "nodes") else self.started]
        self.started += 1
        args = ("--store", self.database, "--lease", "2s", "--agent", agent)
        node = Server(self.home, env=TOKENS, args=args)
        node.token = lambda: "admin"
        return node

    started = 0


@pytest.fixture
def different(home, database):  # noqa: F811
    nodes = DifferentNodes(home, database, count=4)
    yield nodes
    nodes.close()


def chat(node, agent, session, text):
    return node.post(f"/v1/agents/{agent}/chat" + (f"?sessionId={session}" if session else ""), {"message": text})


def test_any_node_takes_what_is_asked_of_an_agent_that_others_host(different):
    for count, node in enumerate(different.nodes, 1):
        assert chat(node, "counter", "ann", "add 1")[1].get("content") == f"The count is {count}."
        status, answer = chat(node, "echo", None, "hello")
        assert (status, answer["content"], answer["temporary"]) == (200, "hello", True)
        status, answer = chat(node, "echo", answer["sessionId"], "again")
        assert (status, answer["content"]) == (200, "again")
        status, answer = node.post("/v1/agents/nobody/chat", {"message": "hello"})
        assert (status, answer["code"]) == (404, "agent_not_found")
    # A webhook as well.
    assert different.nodes[1].post("/v1/agents/counter/hooks/bump", {"user": {"id": "ann"}, "by": 10})[0] == 200
    assert chat(different.nodes[2], "counter", "ann", "add 1")[1]["content"] == "The count is 15."
    with connect(f"ws://127.0.0.1:{different.nodes[1].port}/v1/counter?sessionId=ann") as socket:
        socket.send(json.dumps({"type": "message", "data": {"content": "add 1"}}))
        until("it is answered", lambda: "The count is 16." in socket.recv(20))
    # One without a name is a session of its own, at a node that hosts the agent.
    with connect(f"ws://127.0.0.1:{different.nodes[1].port}/v1/counter") as socket:
        assert "x-session-id" not in socket.response.headers
        for count in (1, 2):
            socket.send(json.dumps({"type": "message", "data": {"content": "add 1"}}))
            until("it is answered", lambda: f"The count is {count}." in socket.recv(20))


def test_an_inspector_looks_into_sessions_of_agents_that_others_host(different):
    counting, echoing = different.nodes[0], different.nodes[1]
    assert chat(counting, "counter", "ann", "add 1")[0] == 200
    key = {"agent": "counter", "session": "ann"}
    with Inspector(echoing) as inspector:
        rows = inspector.call("sessions.watch", agent="counter")["rows"]
        assert [row["session"] for row in rows] == ["ann"]
        attached = inspector.call("session.attach", after=0, **key)
        assert attached["head"]["state"]["count"] == 1
        inspector.call("session.send", message={"role": "user", "content": "add 4"}, **key)
        until("it is told", lambda: '"count"' in inspector.socket.recv(20))
        assert inspector.call("jobs.list", **key)["jobs"]
        # Once those that host it have gone, it is said of the agent.
        for node in (different.nodes[0], different.nodes[3]):
            assert node.stop() == 0
            different.nodes.remove(node)
            different.balancer.ports.remove(node.port)

        def is_nowhere():
            with pytest.raises(AssertionError) as error:
                inspector.call("session.at", seq=1, **key)
            return "agent_not_found" in str(error.value)
        until("nobody hosts it", is_nowhere)
        assert [row["session"] for row in inspector.call("sessions.watch")["rows"]] == ["ann"]
