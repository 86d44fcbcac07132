"""What a person sees and does, in a real pseudo-terminal on a real server."""

import re
import signal
import termios

from conftest import Server, Terminal, until


def chat(server, text, session, agent="counter"):
    return server.post(f"/v1/agents/{agent}/chat?sessionId={session}", {"message": text})


def test_a_session_created_from_outside_appears(server, inspect):
    terminal = inspect()
    terminal.shows("No sessions yet")
    assert chat(server, "hello", "from-curl", "echo")[0] == 200
    terminal.shows("from-curl")
    terminal.shows("hello")


def test_a_message_typed_is_answered_on_screen(server, inspect):
    chat(server, "hi", "ann")
    terminal = inspect()
    terminal.shows("ann")
    terminal.keys("iadd 41\r")
    terminal.shows("add(amount: 41)")
    terminal.shows("The count is 41.")


def test_a_hook_shows_and_is_replayed_by_key_and_the_state_changes(server, inspect):
    terminal = inspect()
    terminal.shows("No sessions yet")
    assert server.post("/v1/agents/counter/hooks/bump", {"user": {"id": "bob"}, "by": 20})[1]["count"] == 20
    terminal.shows("bob")
    terminal.keys("2")
    terminal.shows("count: 20")
    terminal.keys("3")
    terminal.shows(re.compile(r"POST bump +200"))
    terminal.keys("r")
    terminal.shows("Replayed bump into bob: 200")
    terminal.keys("2")
    terminal.shows("count: 40")
    terminal.shows("hook bump")


def test_a_hook_is_replayed_into_another_session(server, inspect):
    server.post("/v1/agents/counter/hooks/bump", {"user": {"id": "bob"}, "by": 3})
    terminal = inspect()
    terminal.shows("bob")
    terminal.keys("3")
    terminal.shows("POST bump")
    terminal.keys("Rcarol\r")
    terminal.shows("Replayed bump into carol: 200")
    terminal.shows("carol")


def test_ticks_appear_each_second_and_a_job_is_run_and_paused_by_key(server, inspect):
    chat(server, "hi", "ann")
    terminal = inspect()
    terminal.shows("ann")
    terminal.keys("4")
    terminal.shows(re.compile(r"tick  every second"))
    terminal.shows("✓✓✓")
    terminal.keys("jx")
    terminal.shows("Started the job minute.")
    terminal.shows(re.compile(r"minute .*\n.*✓"))
    terminal.keys("p")
    terminal.shows("‖ paused")


def test_the_inspector_survives_the_runtime_and_resumes(home, opened):
    server = Server(home)
    try:
        chat(server, "add 5", "ann")
        terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env=server.env)
        terminal.shows("The count is 5.")
        server.stop(signal.SIGKILL)
        terminal.shows("lost")
        terminal.shows("The count is 5.")
        server = Server(home, port=server.port)
        chat(server, "add 7", "ann")
        text = terminal.shows("The count is 12.")
        assert text.count("The count is 5.") == 1
        terminal.shows(re.compile(r"●.*session"))
    finally:
        server.stop(signal.SIGKILL)


def test_a_link_that_is_cut_resumes_without_losing_or_repeating(server, home, opened, relay):
    chat(server, "add 1", "ann")
    terminal = opened("inspect", f"ws://127.0.0.1:{relay.port}", env={**server.env, "SEISMO_TOKEN": server.token()})
    terminal.shows("The count is 1.")
    relay.cut()
    terminal.shows("lost")
    chat(server, "add 2", "ann")
    relay.mend()
    text = terminal.shows("The count is 3.")
    assert text.count("The count is 1.") == 1
    assert terminal.text().count("The count is 3.") == 1


def test_the_terminal_is_left_as_it_was_on_quit(server, inspect):
    terminal = inspect()
    terminal.shows("No sessions yet")
    during = termios.tcgetattr(terminal.fd)
    assert not during[3] & termios.ICANON
    terminal.keys("q")
    assert terminal.exit_code() == 0
    assert termios.tcgetattr(terminal.fd)[3] == terminal.before[3]
    assert b"\x1b[?1049l" in terminal.raw and b"\x1b[?2004l" in terminal.raw


def test_the_terminal_is_left_as_it_was_on_signals(server, inspect):
    import os

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGABRT):
        terminal = inspect()
        terminal.shows("No sessions yet")
        os.kill(terminal.pid, number)
        code = terminal.exit_code()
        assert code == (-number if number == signal.SIGABRT else 128 + number)
        assert termios.tcgetattr(terminal.fd)[3] == terminal.before[3]
        assert b"\x1b[?1049l" in terminal.raw


def test_it_follows_the_size_of_the_terminal(server, inspect):
    chat(server, "hi", "ann")
    terminal = inspect(columns=120, rows=36)
    terminal.shows("ann")
    terminal.resize(200, 60)
    until("the frame is as wide as the screen", lambda: len(terminal.text().split("\n")[1].rstrip()) == 200)
    terminal.resize(60, 20)
    until("the list is alone", lambda: "1 Context" not in terminal.text() and "Sessions" in terminal.text())
    terminal.resize(30, 8)
    terminal.shows("seismo needs")


def test_clusters_line_up(server, inspect):
    chat(server, "a 👩‍👩‍👧 b 👍🏽 c 🇩🇪 d é e 注 f", "ann")
    terminal = inspect(columns=120, rows=36)
    terminal.shows("a 👩👩👧 b 👍‹tone 3› c DE d é e 注 f")

    def edges(row):
        return [column for column in range(120) if terminal.screen.buffer[row][column].data == "│"]

    rows = {row for row, text in enumerate(terminal.screen.display) if "DE d" in text}
    assert rows and all(edges(row) == edges(20) for row in rows)


def test_nothing_from_outside_reaches_the_terminal_as_a_control_byte(server, inspect):
    evil = "\x1b]0;pwned\x07 \x1b[2J \x9b31m \u202e \u200b \x1b]52;c;AAAA\x07 \x1bP$q\x1b\\"
    chat(server, evil, "evil", "echo")
    server.post("/v1/agents/counter/hooks/bump", {"user": {"id": "evil-\u202e[31m"}, "by": 1, "note": evil})
    terminal = inspect("--session", "evil")
    terminal.shows("␛]0;pwned␇")
    terminal.keys("23")
    terminal.shows("evil")
    for mark in (b"\x07", b"\x1b]", b"\x1bP", b"\x9b31m", "\u202e".encode(), "\u200b".encode(), b"\xc2\x9b"):
        assert mark not in terminal.raw


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_brings_it_back(server, opened, home):
    import os
    from conftest import binary

    shell = Terminal(["/bin/bash", "--norc", "-i"], {**server.env, "PS1": "shell> "})
    try:
        shell.shows("shell>")
        shell.keys(f"{binary()} inspect ws://127.0.0.1:{server.port}\r")
        shell.shows("No sessions yet")
        shell.keys("\x1a")
        shell.shows("Stopped")
        shell.keys("fg\r")
        shell.shows("No sessions yet")
        left = shell.raw.count(b"\x1b[?1049l")
        shell.keys("q")
        until("the screen is given back", lambda: shell.text() and shell.raw.count(b"\x1b[?1049l") > left)
        shell.keys("echo back$((40 + 2))\r")
        shell.shows("back42")
    finally:
        shell.close()


def test_the_demo_shows_sessions_that_live(opened):
    terminal = opened("demo", "--speed", "4")
    terminal.shows("demo ●")
    terminal.shows("user-1")
    terminal.keys("jj")
    terminal.shows(re.compile(r"[2-9]\d* sessions"))
    terminal.keys("/agent:support\r2")
    terminal.shows(re.compile(r"plan: "))
    terminal.keys("q")
    assert terminal.exit_code() == 0
