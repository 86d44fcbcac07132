"""`seismo sessions rerun`: an agent tried on what really happened."""

import json
import os
import re
import signal
import stat
import subprocess
from xml.etree import ElementTree

from commands import bump, chat, seismo
from conftest import LIMIT, binary


def rerun(server, *args, **kinds):
    return seismo(server, "sessions", "rerun", *args, **kinds)


def record(server):
    # It would change the state each second.
    assert seismo(server, "jobs", "pause", "counter", "tick").code == 0
    chat(server, "add 3", "ann", "counter")
    bump(server, "ann", by=4)
    chat(server, "hello <b>&\x1b[31m", "ann", "counter")


def test_the_same_agent_does_the_same_again(server):
    record(server)
    done = rerun(server, "counter/ann", "--expect", "replies", "--expect", "tools", "--expect", "state")
    assert done.code == 0, done.error
    assert [row["KIND"] for row in done.rows] == ["turn", "hook", "turn"]
    assert all(row[name] == "same" for row in done.rows for name in ("REPLY", "TOOLS", "STATE"))
    assert "\x1b" not in done.out
    assert "3 of 3 steps repeated, nothing differs; the fork is counter/tmp_" in done.error
    # The recorded session has only the notes of the forks.
    assert seismo(server, "sessions", "show", "counter/ann", "--json").json["state"]["count"] == 7
    whole = rerun(server, "counter/ann", "--json").json["reruns"][0]
    assert whole["repeated"] == 3 and whole["different"] == {"replies": 0, "tools": 0, "state": 0}
    assert whole["steps"][0]["rerun"]["tools"][0]["fn_args"] == {"amount": 3}
    lines = [json.loads(line) for line in rerun(server, "counter/ann", "--output", "jsonl").lines]
    assert [line["kind"] for line in lines] == ["turn", "hook", "turn"] and lines[0]["session"] == "ann"


def test_what_differs_is_told_and_fails_what_was_expected(server, tmp_path):
    record(server)
    report = tmp_path / "report.xml"
    other = rerun(server, "counter/ann", "--agent", "echo", "--expect", "replies", "--junit", str(report), "--output", "wide")
    assert other.code == 1
    assert other.error.splitlines()[-1] == "seismo: Not as recorded: replies in 2 steps, 1 step could not be repeated."
    assert "      - The count is 3." in other.lines and "      + add 3" in other.lines
    assert "The agent 'echo' has no hook 'bump'." in other.out
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite.attrib["name"] == "counter/ann"
    assert [suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")] == ["3", "2", "0", "1"]
    cases = suite.findall("testcase")
    assert cases[0].find("failure").text == "- The count is 3.\n+ add 3"
    assert cases[2].attrib["name"].startswith("#") and "<b>&" in cases[2].attrib["name"]
    # Without expectations nothing fails.
    assert rerun(server, "counter/ann", "--agent", "echo").code == 0


def test_a_report_goes_into_a_pipe_and_through_a_link(server, tmp_path):
    record(server)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)
    assert rerun(server, "counter/ann", "--junit", str(pipe)).code == 0
    assert reader.communicate(timeout=LIMIT)[0].startswith("<?xml") and stat.S_ISFIFO(pipe.stat().st_mode)
    (tmp_path / "report.xml").write_text("an earlier one")
    (tmp_path / "link").symlink_to(tmp_path / "report.xml")
    assert rerun(server, "counter/ann", "--junit", str(tmp_path / "link")).code == 0
    assert (tmp_path / "link").is_symlink() and (tmp_path / "report.xml").read_text().startswith("<?xml")
    assert rerun(server, "counter/ann", "--junit", "/dev/full").code == 1
    assert rerun(server, "counter/ann", "--junit", str(tmp_path / "no" / "folder")).code == 1


def test_parts_and_conditions(server):
    record(server)
    events = seismo(server, "sessions", "events", "counter/ann", "--kind", "turn.finished", "--json").json["events"]
    end = events[0]["seq"]
    assert [row["KIND"] for row in rerun(server, f"counter/ann@{end}").rows] == ["hook", "turn"]
    assert [row["KIND"] for row in rerun(server, "counter/ann", "--to", str(end)).rows] == ["turn"]
    dry = rerun(server, "counter/ann", "--dry-hooks", "--recorded-tools", "--as", "ann-again", "--expect", "state")
    assert dry.code == 0 and dry.rows[1]["NOTE"] == "It was not run; what it changed was repeated."
    fork = seismo(server, "sessions", "show", "counter/ann-again", "--json").json
    assert fork["summary"]["kind"] == "lasting" and fork["state"]["count"] == 7
    assert rerun(server, "counter/ann", "--as", "ann-again").code == 6


def test_wrong_uses(server):
    record(server)
    for args, code in [
        ((), 2), (("counter/ann", "--filter", "x"), 2), (("counter/ann@3", "--from", "4"), 2),
        (("counter/ann", "--concurrency", "9"), 2), (("counter/ann", "--expect", "luck"), 2), (("counter/ann", "--from", "-1"), 2),
        (("counter/ann", "--provider", "nobody"), 2), (("counter/ann", "--provider", "openai"), 2),
        (("counter/ann", "--to", "1"), 2), (("counter/nobody",), 5), (("counter/ann", "--agent", "nobody"), 5), (("counter/ann", "--from", "99999"), 5),
        (("--filter", "session:nobody"), 5), (("--filter", "moon:1"), 2),
    ]:
        done = rerun(server, *args)
        assert (done.code, done.out) == (code, "") and done.error, (args, done.code, done.error)
    wrong = rerun(server, "--filter", "agent:counter moon:1").error.splitlines()
    assert wrong[-1].strip() == "^^^^^^"


def test_many_sessions_at_the_same_time(server):
    for name in ("a", "b", "c", "d"):
        chat(server, f"add {len(name)}", name, "counter")
    done = rerun(server, "--filter", "agent:counter kind:lasting", "--concurrency", "3", "--json")
    assert done.code == 0, done.error
    assert sorted(rerun["session"] for rerun in done.json["reruns"]) == ["a", "b", "c", "d"]
    assert all(rerun["repeated"] == 1 and rerun["error"] is None for rerun in done.json["reruns"])


def test_ctrl_c_ends_it_at_once(server):
    for number in range(100):
        chat(server, f"add {number}", "long", "counter")
    words = [binary(), "sessions", "rerun", "counter/long", "--runtime", f"ws://127.0.0.1:{server.port}", "--output", "jsonl"]
    process = subprocess.Popen(words, env=server.env, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.stdout.close()
    assert process.wait(LIMIT) in (130, 0)
    assert seismo(server, "sessions", "--json").code == 0


def test_the_screen_finds_a_text_and_shows_a_rerun_beside_the_original(server, inspect):
    record(server)
    terminal = inspect("--agent", "counter", "--session", "ann")
    terminal.shows("The count is 7.")
    terminal.keys("f")
    terminal.shows("All words must occur")
    terminal.keys("add 3")
    # The tool's call has both words as well.
    terminal.shows("counter/ann #3")
    terminal.keys("\x1b[B")
    terminal.shows("▸ counter/ann #3")
    terminal.keys("\r")
    terminal.shows("as of #3")
    terminal.keys(".T")
    terminal.shows("Rerun ann in a temporary fork?")
    terminal.keys("\r")
    terminal.shows("3 of 3 steps repeated, nothing differs")
    terminal.keys("\r")
    terminal.shows(re.compile("╭ tmp_"))
    terminal.shows("The count is 7.")
