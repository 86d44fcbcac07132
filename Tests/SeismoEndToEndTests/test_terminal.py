"""The terminal itself: what it sends, what is drawn where it is poor, and how it is given away and taken back."""

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
import termios
import time

import pytest
import websockets

from conftest import Terminal, binary, until


def chat(server, text, session, agent="echo"):
    return server.post(f"/v1/agents/{agent}/chat?sessionId={session}", {"message": text})


def messages(server, session, agent="echo"):
    """The texts that a session has, by the inspection protocol."""

    async def talk():
        address = f"ws://127.0.0.1:{server.port}/v1/inspect?token={server.token()}"
        async with websockets.connect(address, subprotocols=["magma-inspection.v1"], max_size=None) as socket:
            params = {"agent": agent, "session": session, "window": 100}
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.attach", "params": params}))
            while True:
                answer = json.loads(await socket.recv())
                if answer.get("id") == 1:
                    return answer["result"]["head"]["messages"]

    return ["".join(block.get("text", "") for block in message["blocks"]) for message in asyncio.run(talk())]


def script(home, name, text):
    path = home / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


# What it sends


def write(terminal, data, size):
    while data:
        os.write(terminal.fd, data[:size])
        data = data[size:]
        terminal.read(0.001)


@pytest.mark.parametrize("size", [1000, 4096, 7])
def test_text_that_comes_in_pieces_is_whole(server, inspect, size):
    chat(server, "hi", "ann")
    text = "世界é👍" * (200 if size == 7 else 2000)
    terminal = inspect("--session", "ann")
    terminal.shows("hi")
    terminal.keys("i")
    write(terminal, b"\x1b[200~" + text.encode() + b"\x1b[201~", size)
    terminal.keys("\r")
    until("it has arrived", lambda: terminal.read() or text in messages(server, "ann"))


def test_what_a_terminal_answers_does_nothing(server, inspect):
    server.post("/v1/agents/counter/hooks/bump", {"user": {"id": "ann"}, "by": 1})
    terminal = inspect("--session", "ann")
    terminal.shows("counter")
    terminal.keys("3")
    terminal.shows("bump")
    for answer in ("\x1b]4;3;rgb:0000/0000/0000\x1b\\", "\x1b[I", "\x1b[O", "\x1b[27;5u", "\x1b[25~", "\x1b[1;5A",
                   "\x1bq", "\x1bP>|XTerm(380)\x1b\\", "\x1b[?62;22c", "\x1b[24;80R"):
        terminal.keys(answer)
        time.sleep(0.15)
    text = terminal.text()
    assert "Import" not in text and "Replayed" not in text
    terminal.keys("2")
    terminal.shows(re.compile(r"count: 1"))
    terminal.keys("q")
    assert terminal.exit_code() == 0


def test_a_paste_that_never_ends_lets_keys_through_again(server, inspect):
    chat(server, "hi", "ann")
    terminal = inspect("--session", "ann")
    terminal.shows("hi")
    terminal.keys("i\x1b[200~half a paste")
    terminal.shows("half a paste")
    terminal.keys("\r")
    until("it has arrived", lambda: terminal.read() or "half a paste" in messages(server, "ann"))


# Poor terminals


def test_a_terminal_type_without_a_description_is_drawn_as_its_relative(server, inspect):
    terminal = inspect(term="xterm-nosuch-terminal")
    terminal.shows("No sessions yet")
    terminal.shows("does not know the terminal type 'xterm-nosuch-terminal'")


def test_one_that_nobody_knows_is_refused_with_what_would_do(server, inspect):
    terminal = inspect(term="nosuch-terminal")
    terminal.shows("TERM=xterm-256color")
    assert terminal.exit_code() == 2


@pytest.mark.parametrize("says, term, is_direct", [
    ("truecolor", "xterm-256color", True), ("24bit", "tmux-256color", True), ("", "xterm-256color", False),
    ("truecolor", "screen-256color", False), ("truecolor", "vt100", False), ("truecolor", "xterm", False),
])
def test_any_colour_is_drawn_where_the_environment_says_that_the_terminal_can(server, opened, says, term, is_direct):
    env = {**server.env, "COLORTERM": says}
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env=env, term=term)
    until("it is drawn", lambda: terminal.read() or b"No sessions yet" in terminal.raw)
    assert (b"38;2;" in terminal.raw) == is_direct
    terminal.keys("q")
    assert terminal.exit_code() == 0


def test_an_editor_does_not_see_what_was_told_to_the_library(server, opened, home):
    chat(server, "hi", "ann")
    editor = script(home, "editor", 'echo "TERMINFO=${TERMINFO-none}" > "$1"')
    env = {**server.env, "COLORTERM": "truecolor", "EDITOR": str(editor), "VISUAL": ""}
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env=env, term="xterm-256color")
    until("it is drawn", lambda: terminal.read() or b"ann" in terminal.raw)
    terminal.keys("i\x05")
    until("the editor's text is there", lambda: terminal.read() or b"TERMINFO=none" in terminal.raw)


def without_locale(server, opened, column):
    """An inspector without a locale, in a terminal that tells where its cursor is after an é."""
    env = {**server.env, "LANG": "", "LC_CTYPE": ""}
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", "--session", "ann", env=env, locale="")
    until("it asks", lambda: terminal.read() or b"\x1b[6n" in terminal.raw)
    terminal.keys(f"\x1b[1;{column}R")
    return terminal


def test_without_a_utf8_locale_a_terminal_that_draws_utf8_gets_it(server, opened):
    chat(server, "日本語 é", "ann")
    terminal = without_locale(server, opened, column=2)
    terminal.shows("日本語 é")
    terminal.shows("using C.UTF-8")


def test_without_utf8_at_all_it_is_plain(server, opened):
    chat(server, "ok é", "ann")
    terminal = without_locale(server, opened, column=3)
    terminal.shows("ok ?")
    assert "│" not in terminal.text()


def test_a_vt100_gets_no_modes_that_it_does_not_know(server, inspect):
    terminal = inspect(term="vt100")
    terminal.shows("No sessions yet")
    terminal.keys("q")
    assert terminal.exit_code() == 0
    assert b"2004" not in terminal.raw and b"1006" not in terminal.raw and b"]11" not in terminal.raw.replace(b"\x1b]11;?", b"")


def test_what_the_c_library_does_not_know_is_a_mark_and_nothing_stays(server, inspect):
    # Unicode 15 and later, and vowels of Jamo alone.
    chat(server, "SECRET of another user", "aaa")
    chat(server, "🪿🩷🫨 \u1161\u1160 end", "bbb")
    terminal = inspect("--session", "aaa")
    terminal.shows("SECRET of another")
    terminal.keys("\x1b")
    time.sleep(0.2)
    for _ in range(2):
        terminal.keys("j")
        time.sleep(0.2)
    terminal.keys("kk")
    terminal.shows(re.compile(r"end"))
    row = next(line for line in terminal.text().splitlines() if " end" in line)
    assert "‹1161›‹1160›" in row
    assert not set("SECRT") & set(row.split("user", 1)[1])


def test_a_locale_that_is_not_installed_is_replaced(server, inspect):
    chat(server, "日本語 é", "ann")
    terminal = inspect("--session", "ann", locale="xx_XX.UTF-8")
    terminal.shows("日本語 é")
    terminal.shows("using C.UTF-8")


# Giving the terminal away


def modes_are_off(raw):
    """Whether the mouse and pastes were switched off after they were last switched on."""
    return raw.rfind(b"\x1b[?1002;1006l") > raw.rfind(b"\x1b[?1002;1006h") and raw.rfind(b"\x1b[?2004l") > raw.rfind(
        b"\x1b[?2004h"
    )


def test_ctrl_c_in_the_pager_is_the_pagers(server, opened, home):
    chat(server, "hi", "ann")
    pager = script(home, "pager", "trap 'echo GOT-IT; exit 0' INT\necho PAGER\nwhile :; do sleep 0.05; done\n")
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", "--session", "ann", env={**server.env, "PAGER": pager})
    terminal.shows("hi")
    terminal.keys("1o")
    terminal.shows("PAGER")
    terminal.keys("\x03")
    until("the pager has it", lambda: terminal.read() or b"GOT-IT" in terminal.raw)
    terminal.shows("assistant")
    terminal.keys("q")
    assert terminal.exit_code() == 0


def in_a_shell(server, env=None):
    return Terminal(["/bin/bash", "--norc", "-i"], {**server.env, "PS1": "shell> ", **(env or {})})


def test_an_editor_that_is_suspended_takes_the_program_along(server, home):
    chat(server, "hi", "ann")
    editor = script(home, "editor", "echo EDITOR\nkill -TSTP 0\necho AGAIN\nsleep 0.3\nprintf edited > \"$1\"\n")
    shell = in_a_shell(server, {"EDITOR": editor, "VISUAL": ""})
    try:
        shell.shows("shell>")
        shell.keys(f"{binary()} inspect ws://127.0.0.1:{server.port} --session ann\r")
        shell.shows("assistant")
        shell.keys("i\x05")
        shell.shows("EDITOR")
        shell.shows("Stopped")
        shell.keys("echo sh$((40 + 2))\r")
        shell.shows("sh42")
        shell.keys("fg\r")
        shell.shows("ann ❯ edited")
        shell.keys("\r")
        until("it is sent", lambda: shell.read() or "edited" in messages(server, "ann"))
    finally:
        shell.close()


def is_stopped(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


def test_a_stop_signal_gives_the_terminal_back_and_keys_work_after_fg(server):
    for name in ("ann", "bob"):
        chat(server, f"I am {name}", name)
    shell = in_a_shell(server)
    try:
        shell.shows("shell>")
        shell.keys(f"{binary()} inspect ws://127.0.0.1:{server.port} --session bob\r")
        shell.shows("I am bob")
        pid = int(subprocess.run(["pgrep", "-P", str(shell.pid)], capture_output=True, text=True).stdout.split()[0])
        os.kill(pid, signal.SIGTSTP)
        shell.shows("Stopped")
        # bash has modes of its own.
        assert shell.raw.rfind(b"\x1b[?1002;1006l") > shell.raw.rfind(b"\x1b[?1002;1006h")
        shell.keys("fg\r")
        # What it drew before may still stand there.
        mouse = b"\x1b[?1002;1006"
        until("it takes the mouse", lambda: shell.read() or shell.raw.rfind(mouse + b"l") < shell.raw.rfind(mouse + b"h"))
        shell.shows("I am bob")
        shell.keys("\x1b[B")
        shell.shows("I am ann")
        # Each further signal stops it as well, also one that comes while the screen is drawn.
        for turn in range(5):
            chat(server, f"turn {turn}", "ann")
            os.kill(pid, signal.SIGTSTP)
            until("it is stopped", lambda: shell.read() or is_stopped(pid))
            shell.keys("fg\r")
            until("it goes on", lambda: shell.read() or not is_stopped(pid))
            shell.shows("I am ann")
    finally:
        shell.close()


def test_a_terminal_that_goes_without_a_signal_ends_the_program(server):
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    process = subprocess.Popen(
        [binary(), "inspect", f"ws://127.0.0.1:{server.port}"],
        env={**server.env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        stdin=slave, stdout=slave, stderr=subprocess.PIPE, start_new_session=True,
    )
    os.close(slave)
    try:
        seen = b""
        while b"sessions" not in seen:
            seen += os.read(master, 65536)
        os.close(master)
        process.wait(10)
    finally:
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV])
def test_a_crash_leaves_the_terminal_as_it_was(server, inspect, number):
    terminal = inspect()
    terminal.shows("No sessions yet")
    os.kill(terminal.pid, number)
    assert terminal.exit_code() == -number
    assert modes_are_off(terminal.raw)
    # Neither keys of applications nor the other screen.
    assert b"\x1b[?1h" not in terminal.raw
    assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")
    now = termios.tcgetattr(terminal.fd)
    assert now[:4] == terminal.before[:4]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_in_order_with_its_code(server, inspect, number):
    terminal = inspect()
    terminal.shows("No sessions yet")
    os.kill(terminal.pid, number)
    assert terminal.exit_code() == 128 + number
    assert modes_are_off(terminal.raw)


def test_ctrl_l_draws_everything_anew(server, inspect):
    chat(server, "hello", "ann")
    terminal = inspect("--session", "ann")
    terminal.shows("assistant")
    terminal.stream.feed(b"\x1b[5;5Hgarbage from elsewhere")
    assert "garbage" in terminal.text()
    terminal.keys("\x0c")
    until("it is gone", lambda: "garbage" not in terminal.text())
    terminal.shows("assistant")
