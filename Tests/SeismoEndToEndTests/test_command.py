"""What scripts rely on: first lines, exit codes, sentences, signals."""

import http.server
import json
import os
import re
import signal
import socket
import stat
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import LIMIT, Server, binary, until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


def run(*args, env=None, stdin=subprocess.DEVNULL):
    return subprocess.run([binary(), *args], env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=LIMIT, stdin=stdin)


def one_sentence(result):
    lines = result.stderr.strip().split("\n")
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("seismo: ")
    return lines[0]


def test_serve_leaves_a_token_only_its_user_can_read_and_takes_it_away(home):
    server = Server(home)
    path = Path(home) / "seismo" / f"{server.port}.token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(server.token()) > 30
    assert server.stop() == 0
    assert not path.exists()


def test_sigterm_lets_a_running_hook_finish_and_refuses_new_work(home):
    server = Server(home)
    slow = subprocess.Popen(
        ["curl", "-s", f"{server.url}/v1/agents/counter/hooks/slow?seconds=1.5"], stdout=subprocess.PIPE, text=True
    )
    # A hook is counted when it is over; while it runs its session is there.
    until("the hook runs", lambda: re.search(r"^magma_sessions_(awake|temporary) 1$", subprocess.run(["curl", "-s", server.url + "/metrics"], capture_output=True, text=True).stdout, re.MULTILINE))
    server.process.send_signal(signal.SIGTERM)
    until("new work is refused", lambda: server.post("/v1/agents/echo/chat", {"message": "x"})[0] == 503)
    assert slow.communicate(timeout=LIMIT)[0] == '{"waited":1.5}'
    assert server.process.wait(LIMIT) == 0


def silent(server, data=b""):
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(data)
    return connection


def test_sigterm_waits_for_no_silent_connection_and_no_half_request(home):
    server = Server(home)
    head = b"POST /v1/agents/echo/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    kept = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    connections = [silent(server), silent(server, b"GET /hea"), silent(server, head), silent(server, kept)]
    assert connections[3].recv(4)
    time.sleep(0.2)
    start = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - start < 5
    for connection in connections:
        connection.close()


def test_sigterm_ends_a_hook_that_does_not_end_within_ten_seconds(home):
    server = Server(home)
    slow = subprocess.Popen(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"{server.url}/v1/agents/counter/hooks/slow?seconds=29"],
        stdout=subprocess.PIPE, text=True,
    )
    until("the hook runs", lambda: re.search(r"^magma_sessions_(awake|temporary) 1$", subprocess.run(["curl", "-s", server.url + "/metrics"], capture_output=True, text=True).stdout, re.MULTILINE))
    start = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - start < 12
    assert slow.communicate(timeout=LIMIT)[0] == "504"


def test_a_second_signal_exits_at_once(home):
    server = Server(home)
    slow = subprocess.Popen(["curl", "-s", f"{server.url}/v1/agents/counter/hooks/slow?seconds=9"], stdout=subprocess.DEVNULL)
    # A hook is counted when it is over; while it runs its session is there.
    until("the hook runs", lambda: re.search(r"^magma_sessions_(awake|temporary) 1$", subprocess.run(["curl", "-s", server.url + "/metrics"], capture_output=True, text=True).stdout, re.MULTILINE))
    server.process.send_signal(signal.SIGINT)
    until("new work is refused", lambda: server.post("/v1/agents/echo/chat", {"message": "x"})[0] == 503)
    start = time.monotonic()
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(LIMIT) == 130
    assert time.monotonic() - start < 2
    slow.kill()
    slow.wait()


def test_a_port_in_use_is_one_sentence(server):
    result = run("serve", "--port", str(server.port), env=server.env)
    assert result.returncode == 1
    assert "in use" in one_sentence(result)


def test_listening_for_others_needs_keys(home):
    result = run("serve", "--host", "0.0.0.0", "--port", "0", env={"XDG_RUNTIME_DIR": str(home)})
    assert result.returncode == 2
    assert "SEISMO_API_KEYS" in one_sentence(result)


def test_an_unwritable_folder_for_the_token_is_one_sentence(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = run("serve", "--port", "0", "--store", "memory", env={"XDG_RUNTIME_DIR": str(blocked), "XDG_STATE_HOME": str(blocked), "HOME": str(blocked)})
    assert result.returncode == 1
    assert "token" in one_sentence(result)


@pytest.mark.parametrize(
    "args, code, part",
    [
        (("inspect", "ws://127.0.0.1:1"), 2, "terminal"),
        (("inspect", "ftp ://x"), 2, "address"),
        (("demo",), 2, "terminal"),
        (("serve", "--port", "abc"), 2, "abc"),
        (("serve", "--port", "99999"), 2, "0 to 65535"),
        (("serve", "--limit", "foo=1"), 2, "no limit 'foo'"),
        (("serve", "--limit", "rate=abc"), 2, "'abc' is no number"),
        (("serve", "--limit", "hook-time=5x"), 2, "'5x' is no time"),
        (("demo", "--users", "0"), 2, "--users"),
        (("serve", "--nonsense"), 2, "--nonsense"),
        (("serve", "--agent", "nope"), 2, "nope"),
    ],
)
def test_usage_errors_are_one_sentence(args, code, part, home):
    result = run(*args, env={"XDG_RUNTIME_DIR": str(home)})
    assert result.returncode == code
    assert part in one_sentence(result)


def test_no_runtime_is_exit_3_and_the_terminal_untouched(opened, home):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    terminal = opened("inspect", f"ws://127.0.0.1:{port}", env={"XDG_RUNTIME_DIR": str(home)})
    assert terminal.exit_code() == 3
    assert "refused" in terminal.text()
    assert b"\x1b[" not in terminal.raw


def test_a_wrong_token_is_exit_4_and_the_terminal_untouched(server, opened):
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env={**server.env, "SEISMO_TOKEN": "wrong"})
    assert terminal.exit_code() == 4
    assert "SEISMO_TOKEN" in terminal.text().replace("\n", "")
    assert b"\x1b[" not in terminal.raw


def test_an_unknown_terminal_type_is_exit_2_and_the_terminal_untouched(server):
    script = f"TERM=nonesuch {binary()} inspect ws://127.0.0.1:{server.port}; echo code=$?"
    result = subprocess.run(["script", "-qec", script, "/dev/null"], env=server.env, capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
    assert "nonesuch" in result.stdout and "code=2" in result.stdout
    assert "\x1b[" not in result.stdout


EVIL = "\x1b]0;pwned\x07\x9b31m\u202e"


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_what_a_server_says_reaches_stderr_made_safe(status, opened, home):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"message": EVIL}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as fake:
        threading.Thread(target=fake.serve_forever, daemon=True).start()
        terminal = opened("inspect", f"ws://127.0.0.1:{fake.server_port}", env={"XDG_RUNTIME_DIR": str(home)})
        assert terminal.exit_code() in (3, 4)
        fake.shutdown()
    assert "pwned" in terminal.text()
    assert b"\x1b" not in terminal.raw and b"\x07" not in terminal.raw and "\u202e".encode() not in terminal.raw


def test_what_a_capsule_says_reaches_stderr_made_safe(opened, home):
    path = home / "evil.json"
    path.write_text(json.dumps({"capsule": 1, "agent": EVIL, "session": "a", "events": []}))
    terminal = opened("open", str(path))
    assert terminal.exit_code() != 0
    assert terminal.raw and b"\x1b" not in terminal.raw and b"\x07" not in terminal.raw


@pytest.mark.parametrize(
    "args, part",
    [
        (("nosuch",), "There is no command 'nosuch'"), (("serve", "--idle", "10"), "See 'seismo serve --help'"),
        (("open",), "Missing expected argument '<file>'. See 'seismo open --help'"), (("open", "/tmp"), "is a folder"),
        (("open", "/dev/zero"), "is not a regular file"), (("serve", "--store", "sqlite:/nosuch/folder/x"), "no folder"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(args, part, home):
    result = run(*args, env={"XDG_RUNTIME_DIR": str(home)})
    assert result.returncode != 0
    assert part in one_sentence(result)


def test_help_and_version():
    assert run("--version").stdout.strip() == "0.1.0"
    text = run("--help").stdout
    for command in ("demo", "inspect", "serve"):
        assert command in text


def test_a_token_that_nobody_can_read_is_not_made(home):
    path = str(home / "tokens.json")
    reader, unread = os.pipe()
    os.close(reader)
    for output in (os.open("/dev/full", os.O_WRONLY), unread):
        made = subprocess.run([binary(), "token", "add", "ann", "--file", path], stdout=output, stderr=subprocess.PIPE, text=True)
        os.close(output)
        assert made.returncode == 1 and "The output cannot be written" in made.stderr
    assert subprocess.run([binary(), "token", "list", "--file", path], capture_output=True, text=True).stdout == ""


def test_tokens_are_made_listed_and_revoked_and_a_running_server_minds(home):
    path = str(home / "tokens.json")

    def token(*args):
        return subprocess.run([binary(), "token", *args, "--file", path], capture_output=True, text=True)

    secret = token("add", "ann", "--role", "operator").stdout.strip()
    assert token("add", "ann").returncode == 2
    assert token("list").stdout.startswith("ann\toperator\t")
    server = Server(home, args=("--tokens", path))
    try:
        def comes_in():
            headers = {"Authorization": f"Bearer {secret}"}
            try:
                with connect(f"ws://127.0.0.1:{server.port}/v1/inspect", additional_headers=headers) as socket:
                    socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "runtime.hello", "params": {}}))
                    return json.loads(socket.recv(10))["result"]["role"]
            except InvalidStatus as error:
                return error.response.status_code

        assert comes_in() == "operator"
        assert token("revoke", "ann").returncode == 0
        assert comes_in() == 401
        assert token("revoke", "ann").returncode == 2
    finally:
        server.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def say(port, count, sessions):
    for number in range(count):
        address = f"http://127.0.0.1:{port}/v1/agents/echo/chat?sessionId=s{number % sessions}"
        request = urllib.request.Request(address, b'{"message":"hi"}', {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).read()


def answers(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).status == 200
    except OSError:
        return False


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_runtime_without_standard_streams_keeps_its_store(home, closed):
    """A file that is opened while stderr is closed has its number, and a log would go into it."""
    store = home / "sessions.sqlite"
    port = free_port()
    env = {**os.environ, "XDG_RUNTIME_DIR": str(home), "XDG_STATE_HOME": str(home), "LOG_LEVEL": "trace"}
    command = f'exec "$0" serve --port {port} --store sqlite:{store} {closed}'
    process = subprocess.Popen(["sh", "-c", command, binary()], env=env, stdout=subprocess.DEVNULL)
    try:
        until("it answers", lambda: answers(port))
        say(port, 20, sessions=20)
        for descriptor in range(3):
            assert str(store) not in os.readlink(f"/proc/{process.pid}/fd/{descriptor}")
    finally:
        process.kill()
        process.wait()
    done = subprocess.run([binary(), "serve", "--check", "--store", f"sqlite:{store}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_log_that_nobody_reads_or_that_cannot_be_written_holds_nothing_up(home):
    for stderr in [subprocess.PIPE, open("/dev/full", "wb")]:
        port = free_port()
        env = {**os.environ, "XDG_RUNTIME_DIR": str(home), "XDG_STATE_HOME": str(home), "LOG_LEVEL": "trace"}
        process = subprocess.Popen(
            [binary(), "serve", "--port", str(port)], env=env, stdout=subprocess.DEVNULL, stderr=stderr)
        try:
            until("it answers", lambda: answers(port))
            say(port, 1500, sessions=3)
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()


def test_a_store_that_is_no_file_is_refused_at_once(home):
    pipe = home / "pipe"
    os.mkfifo(pipe)
    for options in ([], ["--check"]):
        done = run("serve", "--port", "0", "--store", f"sqlite:{pipe}", *options)
        assert done.returncode != 0
        assert "it is not a regular file" in one_sentence(done)


def test_serve_stops_in_order_when_its_terminal_is_closed_unless_nohup_keeps_that_away(home):
    server = Server(home)
    path = Path(home) / "seismo" / f"{server.port}.token"
    assert server.stop(signal.SIGHUP) == 0
    assert not path.exists()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        server = Server(home)
    finally:
        signal.signal(signal.SIGHUP, before)
    server.process.send_signal(signal.SIGHUP)
    assert server.post("/v1/agents/echo/chat", {"message": "hi"})[0] == 200
    assert server.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_it_starts_ends_it(home, number):
    """Whenever it comes: the process ends by it, or stops in order once it has started."""
    env = {**os.environ, "XDG_RUNTIME_DIR": str(home), "XDG_STATE_HOME": str(home)}
    for step in range(40):
        process = subprocess.Popen(
            [binary(), "serve", "--port", "0", "--store", "memory"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(step * 0.004)
        process.send_signal(number)
        try:
            assert process.wait(LIMIT) in (0, -number, 128 + number)
        finally:
            process.kill()
