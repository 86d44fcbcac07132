"""What only a real terminal shows: mouse, clipboard, pastes, colours, editor, files, and how fast it is under the hand."""

import base64
import json
import re
import time

from conftest import until


def chat(server, text, session, agent="counter"):
    return server.post(f"/v1/agents/{agent}/chat?sessionId={session}", {"message": text})


def test_time_is_stepped_back_and_comes_back(server, inspect):
    chat(server, "add 5", "ann")
    chat(server, "add 7", "ann")
    terminal = inspect()
    terminal.shows("The count is 12.")
    server.post("/v1/agents/counter/hooks/bump", {"user": {"id": "ann"}, "by": 100})
    terminal.keys("2")
    terminal.shows("count: 112")
    terminal.keys("{")
    terminal.shows(re.compile(r"as of #\d+, read-only"))
    terminal.keys("{")
    terminal.shows(re.compile(r"count: 5\b"))
    terminal.keys(".")
    terminal.shows("count: 112")


def test_a_snapshot_is_taken_compared_restored_and_forked(server, inspect):
    chat(server, "add 5", "ann")
    terminal = inspect()
    terminal.shows("The count is 5.")
    terminal.keys("S\x15first\r")
    terminal.shows("Took the snapshot 'first'")
    chat(server, "add 7", "ann")
    terminal.shows("The count is 12.")
    terminal.keys("6")
    terminal.shows("▣ first")
    terminal.keys("\r")
    terminal.shows(re.compile(r"~ /count 12"))
    terminal.escape()
    terminal.keys("Fcopy\r")
    terminal.shows("Created the session copy.")
    until("the fork is of that moment", lambda: "5" in chat(server, "say", "copy")[1]["content"])


def test_what_is_copied_reaches_the_clipboard_of_the_terminal(server, inspect):
    chat(server, "hi", "ann")
    terminal = inspect()
    terminal.shows("ann")
    terminal.keys("y")
    terminal.shows("Copied the session's id")
    assert b"\x1b]52;c;" + base64.b64encode(b"ann") + b"\x07" in terminal.raw


def test_the_mouse_selects_and_the_wheel_scrolls(server, inspect):
    for name in ("ann", "bob"):
        chat(server, "hi", name)
    terminal = inspect()
    rows = terminal.shows("ann").split("\n")
    y = next(index for index, row in enumerate(rows) if " ann " in row)
    terminal.keys(f"\x1b[<0;6;{y + 1}M\x1b[<0;6;{y + 1}m")
    terminal.shows(re.compile(r"▸. ann"))
    terminal.shows("ann ❯")
    terminal.keys(f"\x1b[<65;6;{y + 1}M")
    x = terminal.text().split("\n")[1].index("2 State")
    terminal.keys(f"\x1b[<0;{x + 1};2M")
    terminal.shows("count: ")


def test_a_megabyte_is_pasted_without_a_stall(server, inspect):
    chat(server, "hi", "ann", "echo")
    terminal = inspect("--agent", "echo")
    terminal.shows("ann")
    text = "x" * 1000 + "\r"
    start = time.monotonic()
    terminal.keys("i\x1b[200~")
    for _ in range(1000):
        terminal.keys(text)
        terminal.read(0)
    terminal.keys("end\x1b[201~")
    terminal.shows("end", limit=20)
    assert "hi" in terminal.text()


def test_the_editor_gives_back_what_was_written(home, server, opened):
    chat(server, "hi", "ann", "echo")
    editor = home / "editor"
    editor.write_text('#!/bin/sh\nprintf "from the editor" > "$1"\n')
    editor.chmod(0o755)
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env={**server.env, "VISUAL": str(editor)})
    terminal.shows("ann")
    terminal.keys("idraft\x05")
    terminal.shows("❯ from the editor")
    terminal.keys("\r")
    terminal.shows(re.compile(r"assistant +from the editor"))


def test_without_an_editor_it_is_said(server, opened):
    chat(server, "hi", "ann", "echo")
    env = {**server.env, "VISUAL": "", "EDITOR": ""}
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env=env)
    terminal.shows("ann")
    terminal.keys("idraft\x05")
    terminal.shows("Set VISUAL or EDITOR")
    terminal.shows("draft")


def test_a_capsule_goes_out_and_comes_in(home, server, inspect):
    chat(server, "add 5", "ann")
    terminal = inspect()
    terminal.shows("The count is 5.")
    path = home / "ann.json"
    terminal.keys(f"w\x15{path}\r")
    terminal.shows("Exported ann")
    assert json.loads(path.read_text())["capsule"]
    terminal.escape()
    terminal.keys(f"I{path} as ann-2\r")
    terminal.shows("Created the session ann-2.")
    terminal.escape()
    terminal.keys(f"I{home}/nothing\r")
    terminal.shows("could not be read: No such file")
    terminal.escape()
    terminal.keys(f"w\x15{path}\r")
    terminal.shows("could not be created: File exists")


def test_a_theme_of_ones_own_is_taken_and_its_mistakes_are_shown_by_line(home, server, opened):
    themes = home / "seismo" / "themes"
    themes.mkdir(parents=True)
    mine = 'name: mine\nroles:\n  text: { fg: "#010203" }\n'
    (themes / "mine.yaml").write_text(mine)
    env = {**server.env, "XDG_CONFIG_HOME": str(home)}
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", "--theme", "mine", env=env)
    terminal.shows("No sessions yet")
    (themes / "mine.yaml").write_text(mine + '  bad: no colour\n')
    terminal.shows("line 4")


def test_a_theme_is_found_by_its_file_and_by_its_name_and_is_in_the_palette(home, server, opened):
    themes = home / "seismo" / "themes"
    themes.mkdir(parents=True)
    other = 'name: other\nroles:\n  text: { fg: "#010203" }\n'
    (themes / "file.yaml").write_text(other)
    env = {**server.env, "XDG_CONFIG_HOME": str(home)}
    for name in ["other", "file"]:
        terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", "--theme", name, env=env, term="xterm-256color")
        terminal.shows("No sessions yet")
        (themes / "file.yaml").write_text(other + '  bad: no colour\n')
        terminal.shows("line 4")
        (themes / "file.yaml").write_text(other)
    terminal.escape()
    terminal.keys(":theme file")
    terminal.shows("Theme file")


def test_keys_are_bound_anew_and_mistakes_are_named(home, server, opened):
    (home / "seismo").mkdir(exist_ok=True)
    (home / "seismo" / "config.yaml").write_text('keys:\n  help: Ctrl-T\n  nothing: x\n')
    env = {**server.env, "XDG_CONFIG_HOME": str(home)}
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env=env)
    terminal.shows("there is no action 'nothing'")
    terminal.keys("\x14")
    terminal.shows("Help ─")


def test_the_arrangement_is_remembered(server, inspect):
    chat(server, "hi", "ann")
    terminal = inspect()
    width = terminal.shows("ann").split("\n")[1].index("╮")
    terminal.keys(">>>>q")
    assert terminal.exit_code() == 0
    terminal = inspect()
    assert terminal.shows("ann").split("\n")[1].index("╮") == width + 8


def test_the_tour_plays_to_its_end(opened):
    terminal = opened("demo", "--tour", "--speed", "12", columns=120, rows=36)
    terminal.shows("Hook lab")
    terminal.shows("as of #")
    terminal.shows("That was the tour", limit=60)
    terminal.keys("\x03")
    assert terminal.exit_code() == 0


def test_a_key_pauses_the_tour_and_space_lets_it_go_on(opened):
    terminal = opened("demo", "--tour", "--speed", "3", columns=120, rows=36)
    terminal.shows("Seismo looks into")
    terminal.keys("x")
    terminal.shows("Tour paused")
    time.sleep(2)
    assert "Tour paused" in terminal.text()
    terminal.keys("?")
    terminal.shows("Help ─")
    terminal.escape()
    terminal.keys(" ")
    terminal.shows("/ filters as you type", limit=30)
    terminal.keys("\x03")
    assert terminal.exit_code() == 0


def test_a_capsule_is_opened_without_a_runtime_and_walked(home, server, inspect, opened):
    chat(server, "add 5", "ann")
    terminal = inspect()
    terminal.shows("The count is 5.")
    path = home / "ann.json"
    terminal.keys(f"w\x15{path}\r")
    terminal.shows("Exported ann")
    alone = opened("open", str(path))
    alone.shows("The count is 5.")
    alone.shows("read-only")
    alone.keys("i")
    alone.shows("A session from a file is read-only.")
    alone.keys("2[")
    alone.shows(re.compile(r"as of #\d+, read-only"))
    alone.keys("q")
    assert alone.exit_code() == 0
    for text, words in (("", "is not a capsule"), ('{"capsule": 1, "agent": "x"', "ends in the middle")):
        path.write_text(text)
        broken = opened("open", str(path))
        assert broken.exit_code() == 2
        assert words in broken.text()


def test_settings_and_themes_of_before_are_named_with_how_to_write_them_anew(home, server, opened):
    (home / "seismo" / "themes").mkdir(parents=True)
    (home / "seismo" / "config.toml").write_text('theme = "mono"\n')
    (home / "seismo" / "themes" / "mine.toml").write_text('name = "mine"\n[roles]\n')
    env = {**server.env, "XDG_CONFIG_HOME": str(home)}
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env=env)
    terminal.shows("config.toml is no longer read")
    terminal.keys("q")
    assert terminal.exit_code() == 0
    assert "'theme: mono'; '[keys]' becomes 'keys:'" in terminal.text().replace("\n", "")
    theme = opened("inspect", f"ws://127.0.0.1:{server.port}", "--theme", "mine", env=env)
    assert theme.exit_code() == 2
    assert "write it to mine.yaml" in theme.text().replace("\n", "")
    (home / "seismo" / "config.yaml").write_bytes(b"theme: caf\xe9\n")
    broken = opened("inspect", f"ws://127.0.0.1:{server.port}", env=env)
    broken.shows("is not in UTF-8")


def test_a_profile_names_a_runtime(home, server, opened):
    (home / "seismo").mkdir(exist_ok=True)
    (home / "seismo" / "config.yaml").write_text(
        f"profile: shop\nprofiles:\n  shop:\n    address: ws://127.0.0.1:{server.port}\n    read_only: true\n"
    )
    env = {**server.env, "XDG_CONFIG_HOME": str(home)}
    terminal = opened("inspect", env=env)
    terminal.shows("shop ●")
    terminal.shows("read-only")
    terminal.keys("q")
    assert terminal.exit_code() == 0
    unknown = opened("inspect", "--profile", "nope", env=env)
    assert unknown.exit_code() == 2
    assert "There is no profile 'nope'; there are shop." in unknown.text()


def test_a_long_message_is_opened_whole_in_the_pager(home, server, opened):
    chat(server, "x" * 30_000 + "the-end", "ann", "echo")
    pager = home / "pager"
    pager.write_text(f'#!/bin/sh\ncp "$1" {home}/paged\n')
    pager.chmod(0o755)
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env={**server.env, "PAGER": str(pager)})
    terminal.shows("o opens the whole")
    terminal.keys("\ro")
    until("it is paged", lambda: (home / "paged").exists() and (home / "paged").read_text().endswith("the-end"))


def test_without_colours_there_are_none_and_what_is_selected_is_reversed(server, opened):
    chat(server, "hi", "ann")
    address = f"ws://127.0.0.1:{server.port}"
    for env, kinds in (({"NO_COLOR": "1"}, {}), ({}, {"term": "vt100"})):
        terminal = opened("inspect", address, env={**server.env, **env}, **kinds)
        terminal.shows("ann")
        assert not re.search(rb"\x1b\[[0-9;]*[34]8;5;", terminal.raw)
        assert re.search(rb"\x1b\[[0-9;]*7m", terminal.raw)


def test_few_colours_are_enough(server, opened):
    chat(server, "hi", "ann")
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env=server.env, term="screen")
    terminal.shows("ann")
    assert re.search(rb"\x1b\[[0-9;]*3[0-7]m", terminal.raw)
    assert b"38;5;" not in terminal.raw


def test_outside_of_utf8_the_marks_are_plain(server, opened):
    chat(server, "hi \u6ce8", "ann")
    terminal = opened("inspect", f"ws://127.0.0.1:{server.port}", env=server.env, locale="C")
    text = terminal.shows("ann")
    assert re.search(r"\+ Sessions -+ 1 ", text)
    assert all(byte < 0x80 for byte in terminal.raw)
