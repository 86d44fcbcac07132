"""What a support person does in a day, as one script of commands."""

import subprocess
from pathlib import Path

from commands import chat
from conftest import LIMIT, Server, binary


def test_a_support_persons_day(home, tmp_path):
    server = Server(home, args=("--store", f"sqlite:{home}/s.sqlite", "--mask", "email"))
    try:
        chat(server, "I am Bob, where is my parcel?", "user-7", "support")
        chat(server, "Where is order 1188? I am ann@example.com", "user-42", "support")
        status, _ = server.post(
            "/v1/agents/support/hooks/user-update", {"userId": "user-42", "plan": "pro", "email": "ann@example.com"}
        )
        assert status == 200
        chat(server, "Thank you", "user-42", "support")
        script = Path(__file__).with_name("support_day.sh")
        env = {**server.env, "SEISMO": binary(), "RUNTIME": f"ws://127.0.0.1:{server.port}"}
        done = subprocess.run([script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=6 * LIMIT)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "done\n"
    finally:
        server.stop()
