"""`seismo sessions search`: by a phrase, over all sessions, and nothing of what is hidden."""

import json

from commands import bump, chat, seismo
from conftest import Server


def found(server, *words, **kinds):
    return seismo(server, "sessions", "search", "--json", *words, **kinds).json["results"]


def test_a_session_is_found_by_a_phrase(home):
    for store in ("memory", f"sqlite:{home}/s.sqlite"):
        server = Server(home, args=("--store", store))
        try:
            chat(server, "Where is order 1188, please?", "user-42", "support")
            chat(server, "Where is my parcel?", "user-43", "support")
            chat(server, "我住在东京塔", "tokyo")
            bump(server, "ann", by=7777)
            first = found(server, "order 1188")[-1]
            assert (first["agent"], first["session"], first["kind"]) == ("support", "user-42", "message.added")
            assert first["line"] == "Where is order 1188, please?"
            at = f"support/user-42@{first['seq']}"
            assert seismo(server, "sessions", "show", at, "--json").json["messages"][-1]["role"] == "user"
            assert {result["session"] for result in found(server, "where")} == {"user-42", "user-43"}
            # What a tool returned, a state, the body of a webhook.
            assert any(result["session"] == "user-42" for result in found(server, "DHL", "tea"))
            assert [result["session"] for result in found(server, "东京")] == ["tokyo", "tokyo"]
            kinds = {result.get("kind") or result["hook"] for result in found(server, "7777")}
            assert kinds == {"state.changed", "bump"}
            assert found(server, '"order is where"') == [] and found(server, "--agent", "echo", "order") == []
            assert len(found(server, "--session", "support/user-43", "where")) == 1
            assert len(found(server, "--limit", "1", "where")) == 1
            table = seismo(server, "sessions", "search", "parcel")
            assert table.rows[0]["WHERE"].startswith("support/user-43@") and table.rows[0]["LINE"] == "Where is my parcel?"
            nothing = seismo(server, "sessions", "search", "nothing-of-this-kind")
            assert nothing.code == 0 and "Nothing was found" in nothing.error
            assert seismo(server, "sessions", "search", "...").code == 2
            assert seismo(server, "sessions", "search").code == 2
            assert seismo(server, "sessions", "delete", "support/user-43", "--confirm", "user-43").code == 0
            assert found(server, "parcel") == []
        finally:
            server.stop()


def test_what_was_stored_is_found_after_a_restart(home):
    args = ("--store", f"sqlite:{home}/s.sqlite")
    server = Server(home, args=args)
    chat(server, "a word to remember", "ann")
    server.stop()
    server = Server(home, args=args)
    try:
        assert {result["session"] for result in found(server, "remember")} == {"ann"}
    finally:
        server.stop()


def test_what_is_redacted_or_masked_is_not_found(home):
    for store in ("memory", f"sqlite:{home}/s.sqlite"):
        server = Server(home, args=("--store", store, "--mask", "email", "--mask", "card", "--redact", "lastBy"))
        try:
            chat(server, "My card is 4111 1111 1111 1111 and my mail eve@example.com, thanks", "ann")
            body = {"user": {"id": "bob"}, "password": "zebra-secret", "by": 2}
            assert server.post("/v1/agents/counter/hooks/bump", body)[0] == 200
            assert {result["session"] for result in found(server, "thanks")} == {"ann"}
            assert "4111" not in json.dumps(found(server, "thanks"))
            for hidden in ("4111", "eve", "zebra", "zeb*", '"eve@example.com"'):
                assert found(server, hidden) == [], hidden
        finally:
            server.stop()
