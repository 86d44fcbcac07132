"""Counts the instructions of what anyone can send, in two sizes (valgrind's callgrind): twice the input may take at most two
and a half times the work. Counts are the same whatever else the machine does."""

import os
import re
import subprocess

from conftest import ROOT

MOST = 2.5


def test_twice_the_input_takes_about_twice_the_work(tmp_path):
    # Without the debugger's notes, some of which valgrind cannot read.
    program = tmp_path / "costs"
    subprocess.run(["strip", "-g", "-o", program, ROOT / ".build/debug/seismo-costs"], check=True)
    out = tmp_path / "counts"
    run = subprocess.run(
        [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--toggle-collect=seismo_measured",
            "--dump-after=seismo_measured", str(program),
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=1500,
        # Else each run hashes by numbers of its own, and some of them meet more collisions than others.
        env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"},
    )
    assert run.returncode == 0 and "wrong" not in run.stdout, run.stdout[-2000:] + run.stderr[-2000:]
    cases = re.findall(r"^cost (\S+) (\d+)$", run.stdout, re.MULTILINE)
    assert len(cases) > 50
    counts = []
    for number in range(1, len(cases) + 1):
        text = (tmp_path / f"counts.{number}").read_text()
        counts.append(int(re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)[1]))
    slow = []
    for (name, size), small, large in zip(cases[::2], counts[::2], counts[1::2]):
        print(f"{name:30} {size:>6} {small:>12} {large:>12} {large / small:.2f}")
        if large / small > MOST:
            slow.append((name, small, large))
    assert not slow
