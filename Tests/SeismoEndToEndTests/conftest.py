"""Drives the built command from outside: as a server, and in a pseudo-terminal whose screen pyte reads."""

import json
import os
import re
import select
import signal
import struct
import fcntl
import pty
import subprocess
import tempfile
import termios
import time
import urllib.error
import urllib.request
from pathlib import Path

import pyte
import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 20
# Nothing that is run here leaves anything in the folders of whoever runs it.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="seismo-state-")


def binary():
    path = Path(os.environ.get("SEISMO", ROOT / ".build/debug/seismo"))
    assert path.exists(), f"{path} is not built"
    return str(path)


def until(what, check, limit=LIMIT):
    """Waits for something that another process brings about."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = check()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"it did not come about: {what}")


class Server:
    def __init__(self, home, port=0, env=None, args=(), scheme="http"):
        self.env = {**os.environ, "XDG_RUNTIME_DIR": str(home), "XDG_STATE_HOME": str(home), **(env or {})}
        self.process = subprocess.Popen(
            [binary(), "serve", "--port", str(port), *args],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        )
        line = self.process.stdout.readline()
        match = re.fullmatch(rf"listening on {scheme}://127\.0\.0\.1:(\d+)\n", line)
        assert match, f"first line: {line!r} {self.process.stderr.read() if not line else ''}"
        self.port = int(match[1])
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def __new__(cls, home, *more, args=(), scheme="http", **others):
        """With SEISMO_TEST_NODES, a server that keeps its sessions where it likes is several, behind a load balancer."""
        count = int(os.environ.get("SEISMO_TEST_NODES", "1"))
        if count > 1 and cls is Server and "--store" not in args and scheme == "http":
            return object.__new__(Cluster)
        return object.__new__(cls)

    def post(self, path, body, headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=LIMIT) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def token(self):
        return (Path(self.env["XDG_RUNTIME_DIR"]) / "seismo" / f"{self.port}.token").read_text()

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(LIMIT)


class Screen(pyte.Screen):
    """pyte's screen, which does not know of scrolling by several lines (SU and SD of ECMA-48)."""

    def scroll(self, count, edge, step):
        y = self.cursor.y
        margins = self.margins or pyte.screens.Margins(0, self.lines - 1)
        self.cursor.y = getattr(margins, edge)
        for _ in range(count or 1):
            step()
        self.cursor.y = y

    def scroll_up(self, count=1):
        self.scroll(count, "bottom", self.index)

    def scroll_down(self, count=1):
        self.scroll(count, "top", self.reverse_index)


pyte.ByteStream.csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down"}
pyte.ByteStream.events = pyte.ByteStream.events | {"scroll_up", "scroll_down"}


class Terminal:
    """A program in a pseudo-terminal, of a type whose every other sequence pyte knows (it has no REP, which xterm has)."""

    def __init__(self, args, env, columns=120, rows=36, locale="C.UTF-8", term="screen-256color"):
        self.screen = Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(args[0], args, {**env, "TERM": term, "LC_ALL": locale})
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.fd)
        self.status = None

    def resize(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, wait=0.02):
        while select.select([self.fd], [], [], wait)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            if not data:
                return
            self.raw += data
            self.stream.feed(data)
            wait = 0

    def text(self):
        self.read()
        return "\n".join(self.screen.display)

    def keys(self, text):
        os.write(self.fd, text.encode())

    def escape(self):
        """Presses Esc, and gives it the time that tells it from Alt."""
        self.keys("\x1b")
        self.read(0.15)
        time.sleep(0.15)

    def shows(self, what, limit=LIMIT):
        def check():
            text = self.text()
            return text if (what.search(text) if hasattr(what, "search") else what in text) else None

        try:
            return until(what, check, limit)
        except AssertionError:
            raise AssertionError(f"the screen never showed {what!r}:\n{self.text()}")

    def exit_code(self):
        def check():
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
            return pid

        if self.status is None:
            until("it exits", check)
        self.read()
        return os.waitstatus_to_exitcode(self.status)

    def close(self):
        if self.status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
        os.close(self.fd)


@pytest.fixture
def home(tmp_path):
    return tmp_path


@pytest.fixture
def server(home):
    server = Server(home)
    yield server
    server.stop(signal.SIGKILL)


@pytest.fixture
def opened():
    """Opens programs in terminals, and closes them after the test."""
    terminals = []

    def open_terminal(*args, env=None, **kinds):
        terminal = Terminal([binary(), *args], {**os.environ, **(env or {})}, **kinds)
        terminals.append(terminal)
        return terminal

    yield open_terminal
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def inspect(server, opened):
    def open_inspector(*args, **kinds):
        return opened("inspect", f"ws://127.0.0.1:{server.port}", *args, env=server.env, **kinds)

    return open_inspector


def splice(client, server, flowing=None, spoil=None):
    """Passes bytes both ways until either end closes, and none while `flowing` is not set; of the server's what `spoil` makes of
    them."""
    import threading

    for source, sink, change in ((client, server, None), (server, client, spoil)):
        threading.Thread(target=Relay._pass, args=(source, sink, flowing, change), daemon=True).start()


class Cluster(Server):
    """Several servers on one database of PostgreSQL, behind a load balancer, as one."""

    databases = {}

    def __init__(self, home, port=0, env=None, args=(), scheme="http"):
        address = os.environ["SEISMO_TEST_POSTGRES"]
        name = self.databases.setdefault(str(home), "nodes_" + os.urandom(8).hex())
        subprocess.run(["psql", address, "-qc", f"CREATE DATABASE {name}"], capture_output=True)
        tokens = {"SEISMO_ADMIN_TOKEN": "admin-of-all"} if not any("_TOKEN" in key for key in env or {}) else {}
        self.nodes = []
        for _ in range(int(os.environ["SEISMO_TEST_NODES"])):
            node = object.__new__(Server)
            store = ["--store", address.replace("/postgres?", f"/{name}?"), "--lease", "2s"]
            node.__init__(home, env={**(env or {}), **tokens}, args=[*args, *store])
            self.nodes.append(node)
        know_each_other(address.replace("/postgres?", f"/{name}?"))
        self.env, self.process = self.nodes[0].env, self.nodes[0].process
        self.balancer = RoundRobin([node.port for node in self.nodes], port)
        self.port, self.url = self.balancer.port, self.balancer.url
        if tokens:
            folder = Path(self.env["XDG_RUNTIME_DIR"]) / "seismo"
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / f"{self.port}.token").touch(0o600)
            (folder / f"{self.port}.token").write_text("admin-of-all")

    def stop(self, number=signal.SIGTERM):
        self.balancer.close()
        for node in self.nodes:
            if node.process.poll() is None:
                node.process.send_signal(number)
        return max((node.process.wait(LIMIT) for node in self.nodes), key=abs)


def know_each_other(database):
    """Waits until each node on a database knows of all: with its next renewal."""

    def ask(text):
        return subprocess.run(["psql", database, "-AtXqc", text], capture_output=True, text=True, check=True).stdout.strip()

    newest = ask("SELECT max(lease) FROM seismo.nodes")
    renewed = f"SELECT bool_and(lease > '{newest}') FROM seismo.nodes WHERE buried IS NULL"
    until("all have renewed their leases", lambda: ask(renewed) == "t")


class RoundRobin:
    """A load balancer that gives each connection to the next server that takes it."""

    def __init__(self, ports, port=0):
        import socket
        import threading

        self.ports = list(ports)
        self.turn = 0
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    post = Server.post

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if server := self._connect():
                splice(client, server)
            else:
                client.close()

    def _connect(self):
        import socket

        ports = list(self.ports)
        for _ in ports:
            self.turn += 1
            try:
                return socket.create_connection(("127.0.0.1", ports[self.turn % len(ports)]), 5)
            except OSError:
                pass

    def close(self):
        self.listener.close()


class Relay:
    """Passes bytes between a client and a server, until it is cut or silenced."""

    def __init__(self, target, port=0):
        import socket
        import threading

        self.target = target
        self.open = True
        self.flowing = threading.Event()
        self.flowing.set()
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        import socket

        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.target))
            self.pairs.append((client, server))
            splice(client, server, self.flowing, self.spoil)

    # What becomes of what the server sends.
    spoil = None

    @staticmethod
    def _pass(source, sink, flowing=None, spoil=None):
        try:
            while data := source.recv(65536):
                if flowing:
                    flowing.wait()
                sink.sendall(spoil(data) if spoil else data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(2)
            except OSError:
                pass

    def cut(self):
        self.open = False
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(2)
                except OSError:
                    pass
        self.pairs = []

    def silence(self):
        """As a network that loses all packets: nothing comes through, and no end is told."""
        self.flowing.clear()

    def mend(self):
        self.open = True
        self.flowing.set()

    def close(self):
        self.cut()
        self.flowing.set()
        self.listener.close()


@pytest.fixture
def relay(server):
    relay = Relay(server.port)
    yield relay
    relay.close()
