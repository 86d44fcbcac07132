"""Runs commands as a script does, beside a server of the tests."""

import json
import subprocess

from conftest import LIMIT, binary


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.error = done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def rows(self):
        """Of a table in a pipe: dictionaries by the header."""
        header, *rows = [line.split("\t") for line in self.lines]
        return [dict(zip(header, row)) for row in rows]


def seismo(server, *args, stdin=None, env=None, address=None, limit=LIMIT):
    """A command on the server's runtime; it must end by itself."""
    words = [binary(), *args]
    if address is not False:
        words += ["--runtime", address or f"ws://127.0.0.1:{server.port}"]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=limit, input=stdin, env={**server.env, **(env or {})}
    )
    return Result(done)


def chat(server, message, session, agent="echo"):
    status, answer = server.post(f"/v1/agents/{agent}/chat", {"message": message}, {"x-session-id": session})
    assert status == 200, answer
    return answer


def bump(server, user, by=1):
    status, answer = server.post("/v1/agents/counter/hooks/bump", {"user": {"id": user}, "by": by})
    assert status == 200, answer
    return answer
