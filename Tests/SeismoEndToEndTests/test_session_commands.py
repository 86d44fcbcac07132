"""`seismo sessions …`: addressing, output, exit codes."""

import json
import subprocess

import pytest

from commands import bump, chat, seismo
from conftest import Server, Terminal, binary


def test_the_list_as_a_table_and_as_the_protocols_json(server):
    for name in ("ann", "bob", "carol"):
        chat(server, f"I am {name}", name)
    listed = seismo(server, "sessions")
    assert listed.code == 0 and not listed.error
    assert [row["SESSION"] for row in listed.rows] == ["echo/carol", "echo/bob", "echo/ann"]
    assert listed.rows[0]["STATUS"] == "awake" and listed.rows[0]["MESSAGES"] == "2"
    assert "\x1b" not in listed.out
    assert seismo(server, "sessions", "list", "--no-header", "--limit", "1").lines[0].split("\t")[0] == "echo/carol"
    page = seismo(server, "sessions", "--json", "--sort", "session", "--limit", "2").json
    assert page["total"] == 3 and page["counts"]["awake"] == 3
    assert [row["session"] for row in page["rows"]] == ["ann", "bob"]
    rest = seismo(server, "sessions", "--output", "jsonl", "--sort", "session", "--offset", "2")
    assert [json.loads(line)["session"] for line in rest.lines] == ["carol"]
    reverse = seismo(server, "sessions", "--sort", "session", "--reverse", "session:", "-session:bob", "--json")
    assert reverse.code == 2
    at = ("--runtime", f"ws://127.0.0.1:{server.port}")
    negated = seismo(server, "sessions", "--json", *at, "--sort", "session", "--", "-session:bob", address=False)
    assert [row["session"] for row in negated.json["rows"]] == ["ann", "carol"]
    found = seismo(server, "sessions", "messages>1", "--sort", "session", "--reverse", "--json")
    assert [row["session"] for row in found.json["rows"]] == ["carol", "bob", "ann"]


def test_a_wrong_filter_is_underlined(server):
    wrong = seismo(server, "sessions", "agent:echo messages<many")
    assert wrong.code == 2 and not wrong.out
    first, text, line = wrong.error.splitlines()
    assert first.startswith("seismo: The filter is wrong at 'messages<many'")
    assert text[line.index("^"): line.rindex("^") + 1] == "messages<many"


def test_a_session_is_found_by_its_address(server):
    chat(server, "hi", "user/42@home")
    assert seismo(server, "sessions", "show", "echo/user/42@home", "--json").json["summary"]["session"] == "user/42@home"
    assert seismo(server, "sessions", "show", "echo/user/42@home@3", "--json").json["seq"] == 3
    ambiguous = seismo(server, "sessions", "show", "user/42@home")
    assert ambiguous.code == 2 and "echo/user/42@home" in ambiguous.error
    near = seismo(server, "sessions", "show", "echo/user/43@home")
    assert near.code == 5 and "Did you mean echo/user/42@home?" in near.error
    agent = seismo(server, "sessions", "show", "ecko/ann")
    assert agent.code == 5 and "no agent 'ecko'" in agent.error and "counter, echo, support" in agent.error
    for text in ("echo/", "", "echo/user/42@home@"):
        assert seismo(server, "sessions", "show", text).code in (2, 5)


def test_one_agent_needs_no_name(home):
    server = Server(home, args=("--agent", "echo", "--store", "memory"))
    try:
        chat(server, "hi", "a/b")
        assert seismo(server, "sessions", "show", "a/b", "--json").json["summary"]["session"] == "a/b"
        assert seismo(server, "sessions", "show", "echo/a/b", "--json").json["summary"]["session"] == "a/b"
        assert seismo(server, "sessions", "create", "--json").json["agent"] == "echo"
    finally:
        server.stop()


def test_a_moment_and_the_parts_of_a_session(server):
    for number in (1, 2, 3):
        chat(server, f"number {number}", "ann")
    now = seismo(server, "sessions", "show", "echo/ann", "--json").json
    assert now["state"] == {"turns": 3} and len(now["messages"]) == 6
    events = seismo(server, "sessions", "events", "echo/ann", "--json").json["events"]
    assert [event["seq"] for event in events] == list(range(1, now["seq"] + 1))
    second = next(event["seq"] for event in events if event["kind"] == "turn.finished" and event["seq"] > 12)
    past = seismo(server, "sessions", "show", f"echo/ann@{second}", "--json").json
    assert past["state"] == {"turns": 2} and len(past["messages"]) == 4
    assert seismo(server, "sessions", "show", f"echo/ann@{second}", "--state", "--json").json == {"turns": 2}
    assert len(seismo(server, "sessions", "show", "echo/ann", "--context", "--json").json) == 6
    assert seismo(server, "sessions", "show", "echo/ann", "--jobs", "--json").json == {"jobs": []}
    assert seismo(server, "sessions", "show", "echo/ann", "--events", "--json").json["events"] == events
    assert seismo(server, "sessions", "show", "echo/ann@99999").code == 5
    part = seismo(
        server, "sessions", "events", "echo/ann", "--after", "3", "--before", str(second), "--kind", "message.added",
        "--output", "jsonl",
    )
    kinds = [json.loads(line) for line in part.lines]
    assert {event["kind"] for event in kinds} == {"message.added"}
    assert all(3 < event["seq"] < second for event in kinds)


def test_a_message_is_answered_and_streams(server):
    chat(server, "hi", "ann", "support")
    sent = seismo(server, "sessions", "send", "support/ann", "Where is order 1188?")
    assert sent.code == 0 and "Order 1188" in sent.out and "find_order" in sent.error
    assert seismo(server, "sessions", "send", "support/ann", "-", stdin="hello\nthere").code == 0
    texts = [message["blocks"][0].get("text") for message in
             seismo(server, "sessions", "show", "support/ann", "--context", "--json").json]
    assert "hello\nthere" in texts
    turn = seismo(server, "sessions", "send", "support/ann", "again", "--no-wait")
    assert turn.lines[0].startswith("turn_")
    document = seismo(server, "sessions", "send", "support/ann", "more", "--json").json
    assert document["events"][-1]["kind"] == "turn.finished" and document["events"][0]["turn"] == document["turn"]
    lines = seismo(server, "sessions", "send", "support/ann", "more", "--output", "jsonl").lines
    assert json.loads(lines[-1])["kind"] == "turn.finished"


def test_a_session_is_made_changed_and_taken_back(server):
    made = seismo(server, "sessions", "create", "counter/ann", "--state", '{"count": 5}')
    assert (made.code, made.out) == (0, "counter/ann\n")
    again = seismo(server, "sessions", "create", "counter/ann")
    assert again.code == 6 and not again.out
    assert seismo(server, "sessions", "create", "counter/x", "--state", "{").code == 2
    assert seismo(server, "sessions", "snapshot", "counter/ann", "five").out == "counter/ann@five\n"
    bump(server, "ann", by=2)
    assert [row["NAME"] for row in seismo(server, "sessions", "snapshot", "counter/ann").rows] == ["five"]
    diff = seismo(server, "sessions", "diff", "counter/ann@five", "counter/ann", "--json").json
    assert {"op": "replace", "path": "/count", "value": 7} in diff["state"]
    assert "replace /count = 7" in seismo(server, "sessions", "diff", "counter/ann@five", "counter/ann").out
    assert seismo(server, "sessions", "fork", "counter/ann@five", "--as", "ann-2").out == "counter/ann-2\n"
    assert seismo(server, "sessions", "show", "counter/ann-2", "--state", "--json").json["count"] == 5
    patch = '[{"op": "test", "path": "/count", "value": 5}, {"op": "replace", "path": "/count", "value": 50}]'
    assert seismo(server, "sessions", "edit", "counter/ann-2", "--patch", "-", stdin=patch).code == 0
    refused = seismo(server, "sessions", "edit", "counter/ann-2", "--patch", "-", stdin=patch)
    assert refused.code == 6
    assert seismo(server, "sessions", "edit", "counter/ann-2", "--patch", "-", stdin=patch, env={}).code == 6
    assert seismo(server, "sessions", "restore", "counter/ann").code == 2
    assert seismo(server, "sessions", "restore", "counter/ann@five", "--expect", "1").code == 6
    assert seismo(server, "sessions", "restore", "counter/ann@five", "--anyway").code == 0
    assert seismo(server, "sessions", "show", "counter/ann", "--state", "--json").json["count"] == 5
    assert seismo(server, "sessions", "show", "counter/ann@six").code == 5


def test_what_cannot_be_undone_asks_or_is_told(server):
    for name in ("ann", "bob"):
        chat(server, "hi", name)
    refused = seismo(server, "sessions", "end", "echo/ann")
    assert refused.code == 2 and "--yes" in refused.error
    assert seismo(server, "sessions", "end", "echo/ann", "--yes").code == 0
    assert seismo(server, "sessions", "delete", "echo/bob", "--confirm", "ann").code == 2
    assert seismo(server, "sessions", "show", "echo/bob").code == 0
    assert seismo(server, "sessions", "delete", "echo/bob", "--confirm", "bob").code == 0
    assert seismo(server, "sessions", "show", "echo/bob").code == 5
    words = [binary(), "sessions", "delete", "echo/ann", "--runtime", f"ws://127.0.0.1:{server.port}"]
    terminal = Terminal(words, server.env)
    try:
        terminal.shows("Type its id to confirm:")
        terminal.keys("ann\n")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    assert seismo(server, "sessions", "show", "echo/ann").code == 5


def test_a_temporary_session_is_kept(server):
    made = seismo(server, "sessions", "create", "echo/", "--json").json
    assert made["summary"]["kind"] == "temporary"
    kept = seismo(server, "sessions", "keep", f"echo/{made['session']}", "--as", "ann")
    assert kept.out == "echo/ann\n"
    none = seismo(server, "sessions", "cancel", "echo/ann")
    assert none.code == 5 and "no turn" in none.error


def test_capsules_go_out_and_come_in(server, tmp_path):
    for number in range(3):
        chat(server, f"number {number}", "ann")
    capsule = seismo(server, "sessions", "export", "echo/ann")
    assert capsule.code == 0 and json.loads(capsule.out)["session"] == "ann"
    file = tmp_path / "ann.json"
    assert seismo(server, "sessions", "export", "echo/ann", "--to", str(file)).code == 0
    assert json.loads(file.read_text())["session"] == "ann"
    exists = seismo(server, "sessions", "export", "echo/ann", "--to", str(file))
    assert exists.code == 6 and "exists" in exists.error
    assert seismo(server, "sessions", "export", "echo/ann", "--to", str(file), "--force").code == 0
    assert seismo(server, "sessions", "export", "echo/ann", "--to", str(tmp_path / "no" / "x.json")).code == 1
    assert [path.name for path in tmp_path.glob("*.json*")] == ["ann.json"]
    assert seismo(server, "sessions", "import", str(file)).code == 6
    assert seismo(server, "sessions", "import", str(file), "--as", "eve").out == "echo/eve\n"
    assert seismo(server, "sessions", "import", "-", "--as", "joe", stdin=capsule.out).out == "echo/joe\n"
    assert seismo(server, "sessions", "import", "-", "--as", "x", stdin="no capsule").code == 2
    # The file is read with no runtime at all.
    for words in (["show", "echo/ann", "--state"], ["events", "echo/ann"], ["list"], ["export", "ann"]):
        read = seismo(server, "sessions", *words, "--file", str(file), address=False)
        assert read.code == 0 and read.out, read.error
    assert seismo(server, "sessions", "list", "--file", str(tmp_path / "none"), address=False).code == 2


def test_an_export_that_is_read_has_nothing_that_is_taken_for_markup(server):
    chat(server, "<script>alert(1)</script> # *bold* \x1b[31m ```", "ann")
    markdown = seismo(server, "sessions", "export", "echo/ann", "--format", "markdown").out
    assert markdown.startswith("# echo/ann\n") and "\\<script\\>" in markdown and "\x1b" not in markdown
    assert "> " in markdown and '"turns": 1' in markdown
    html = seismo(server, "sessions", "export", "echo/ann", "--format", "html").out
    assert "<script" not in html and "&lt;script&gt;" in html and html.endswith("</html>\n")


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "wide"])
def test_text_from_sessions_is_safe_in_tables_and_exact_in_json(server, form):
    chat(server, "a\x1b]0;title\x07\u202eb", "ann")
    shown = subprocess.run(
        [binary(), "sessions", "show", "echo/ann", "--context", "--output", form,
         "--runtime", f"ws://127.0.0.1:{server.port}"],
        capture_output=True, env=server.env, check=True,
    ).stdout.decode()
    if form.startswith("json"):
        assert "\\u001b]0;title\\u0007" in shown
    else:
        assert "\x1b" not in shown and "\u202e" not in shown


def test_names_that_the_agent_takes_for_one_are_refused_and_not_lost(server):
    alike = json.dumps({"refunds": {"\u00e9": 1, "e\u0301": 2}})
    refused = seismo(server, "sessions", "create", "support/x", "--state", alike)
    assert refused.code == 2 and "does not keep" in refused.error
    assert seismo(server, "sessions", "show", "support/x").code == 5
    assert seismo(server, "sessions", "create", "support/x", "--state", '{"refunds": {"a": 1, "b": 2}}').code == 0


def test_ids_that_begin_with_what_joins_the_sign_before_it(server):
    # A combining mark, a zero-width joiner, a tag: each makes one character of itself and the '/' before it.
    for start in ("\u0301", "\u3099", "\u200d", "\U000e0041"):
        session = f"{start}abc"
        seismo(server, "sessions", "create", f"echo/{session}")
        shown = seismo(server, "sessions", "show", "--json", f"echo/{session}")
        assert shown.code == 0 and shown.json["summary"]["session"] == session
        assert seismo(server, "sessions", "snapshot", f"echo/{session}", f"{start}snap").code == 0
        assert seismo(server, "sessions", "show", f"echo/{session}@{start}snap", "--json").code == 0
        assert seismo(server, "sessions", "search", "--agent", "echo", "--session", session, "x").code == 0
