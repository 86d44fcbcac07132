"""Completions in the shells themselves, and manual pages as their readers check them."""

import os
import shutil
import subprocess

import pytest

from commands import bump, chat, seismo
from conftest import Terminal, binary


@pytest.fixture
def shell_env(server, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "seismo").symlink_to(binary())
    return {**server.env, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(tmp_path), "TERM": "xterm"}


def bash(env, *words):
    """What bash would offer for the last of the words."""
    line = " ".join(words)
    script = (
        "source <(seismo completions bash)\n"
        f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; COMP_TYPE=9\n"
        f"_seismo seismo '{words[-1]}' '{words[-2]}'\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, check=True)
    return [line.strip() for line in done.stdout.splitlines()]


def test_bash_completes_commands_and_what_the_runtime_has(server, shell_env):
    chat(server, "hi", "ann")
    bump(server, "bob")
    at = f"--runtime=ws://127.0.0.1:{server.port}"
    assert "sessions" in bash(shell_env, "seismo", "sess")
    assert bash(shell_env, "seismo", "sessions", "show", at, "echo/a") == ["echo/ann"]
    assert "counter/" in bash(shell_env, "seismo", "sessions", "show", at, "cou")
    assert "counter/bump" in bash(shell_env, "seismo", "hooks", "send", at, "counter/b")
    assert "gruvbox" in bash(shell_env, "seismo", "themes", "show", "gru")
    # Nobody is there: nothing is offered, and the shell goes on.
    assert bash(shell_env, "seismo", "sessions", "show", "--runtime=ws://127.0.0.1:1", "echo/a") == [""]


@pytest.mark.parametrize(
    "shell, words, begin",
    [
        (
            "zsh", ["zsh", "-f", "-i"],
            "mkdir -p $HOME/f; seismo completions zsh > $HOME/f/_seismo; fpath=($HOME/f $fpath); autoload -U compinit; compinit -u",
        ),
        ("fish", ["fish", "--no-config", "-i"], "seismo completions fish | source"),
    ],
)
def test_zsh_and_fish_complete_as_well(server, shell_env, shell, words, begin):
    assert shutil.which(shell), f"{shell} is not installed"
    chat(server, "hi", "ann")
    terminal = Terminal(words, shell_env)
    try:
        terminal.read(1)
        terminal.keys(begin + "; echo re''ady\r")
        terminal.shows("ready")
        terminal.keys(f"seismo sessions show --runtime ws://127.0.0.1:{server.port} echo/a\t")
        terminal.shows("echo/ann")
        terminal.keys(" --jobs; echo do''ne\r")
        terminal.shows("done")
    finally:
        terminal.close()


def test_the_manual_pages_are_right(server, tmp_path):
    assert seismo(server, "manual", "--folder", str(tmp_path), address=False).code == 0
    pages = sorted(tmp_path.glob("*.1"))
    assert {"seismo.1", "seismo-sessions.1", "seismo-hooks.1", "seismo-tail.1"} <= {page.name for page in pages}
    for page in pages:
        lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", str(page)], capture_output=True, text=True)
        assert lint.returncode == 0, lint.stdout
        man = subprocess.run(
            ["man", "--warnings", "-l", str(page)], capture_output=True, text=True, env={**os.environ, "MANPAGER": "cat"}
        )
        assert man.returncode == 0 and not man.stderr and "NAME" in man.stdout
        # Nothing of the machine that made it.
        assert os.path.expanduser("~") + "/" not in page.read_text()
    assert seismo(server, "manual", "sessions", address=False).out == (tmp_path / "seismo-sessions.1").read_text()
    assert seismo(server, "manual", "none", address=False).code == 2
