"""What guards a runtime that others can reach: TLS."""

import asyncio
import json
import signal
import socket
import ssl
import subprocess
import urllib.request

import pytest
import websockets

from conftest import Server


@pytest.fixture
def certificate(home):
    """An authority, and a certificate of it for localhost and 127.0.0.1, made by OpenSSL."""

    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=home, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority")
    openssl("req", *curve, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
    (home / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    openssl(
        "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-out", "cert.pem", "-extfile", "names",
    )
    return home


@pytest.fixture
def guarded(home, certificate):
    server = Server(home, args=["--tls-cert", str(home / "cert.pem"), "--tls-key", str(home / "key.pem")], scheme="https")
    yield server
    server.stop()


def test_clients_that_nobody_here_wrote_speak_tls(guarded, home):
    context = ssl.create_default_context(cafile=home / "ca.pem")
    with urllib.request.urlopen(guarded.url + "/health", context=context) as answer:
        assert answer.status == 200

    async def chat():
        address = f"wss://localhost:{guarded.port}/v1/counter?sessionId=py"
        async with websockets.connect(address, ssl=context) as socket:
            await socket.send(json.dumps({"type": "message", "data": {"content": "add 2"}}))
            async for text in socket:
                if "The count is 2." in text:
                    return True

    assert asyncio.run(chat())


def test_sigterm_does_not_wait_for_connections_that_are_silent_under_tls(guarded, home):
    context = ssl.create_default_context(cafile=home / "ca.pem")
    silent = [context.wrap_socket(socket.create_connection(("127.0.0.1", guarded.port)), server_hostname="localhost") for _ in range(3)]
    silent[1].sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"200 OK" in silent[1].recv(4096)
    guarded.process.send_signal(signal.SIGTERM)
    # The default of the library under it is five seconds a connection.
    assert guarded.process.wait(4) == 0
    for connection in silent:
        connection.close()


def test_the_interface_trusts_the_authority_that_it_is_given(guarded, home, opened):
    address = f"wss://localhost:{guarded.port}"
    terminal = opened("inspect", address, "--ca", str(home / "ca.pem"), env=guarded.env)
    terminal.shows("No sessions yet")
    terminal.keys("q")
    assert terminal.exit_code() == 0
    for options, words in [([], "a trusted authority"), (["--ca", str(home / "key.pem")], "cannot be used")]:
        refused = opened("inspect", address, *options, env=guarded.env)
        assert refused.exit_code() in (2, 3)
        assert words in refused.text().replace("\n", "")


def test_half_of_a_certificate_is_refused(home, certificate):
    from conftest import binary

    for options in (["--tls-cert", "cert.pem"], ["--tls-cert", "cert.pem", "--tls-key", "ca.key"]):
        done = subprocess.run([binary(), "serve", *options], cwd=home, capture_output=True, text=True, timeout=20)
        assert done.returncode in (1, 2) and done.stdout == ""
        assert "--tls-key" in done.stderr or "ca.key" in done.stderr
