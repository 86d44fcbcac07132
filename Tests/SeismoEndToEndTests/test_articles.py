"""What articles say to do, done as it is printed."""

import re
import subprocess

from conftest import LIMIT, ROOT, Server, binary


def test_testing_an_agent_on_recorded_sessions(home, tmp_path):
    article = (ROOT / "Sources/Magma/Magma.docc/TestingAnAgentOnRecordedSessions.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", article, re.DOTALL)
    assert len(blocks) == 5
    server = Server(home, args=("--store", "memory"))
    try:
        (tmp_path / "bin").mkdir()
        command = tmp_path / "bin/seismo"
        command.write_text(f'#!/bin/sh\nexec {binary()} "$@" --runtime ws://127.0.0.1:{server.port}\n')
        command.chmod(0o755)
        env = {**server.env, "PATH": f"{tmp_path}/bin:{server.env['PATH']}"}
        for block in blocks:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=LIMIT
            )
            assert done.returncode == 0, (block, done.stderr)
        assert "<testsuite name=\"counter/ann-recorded\" tests=\"2\" failures=\"0\"" in (tmp_path / "report.xml").read_text()
    finally:
        server.stop()
