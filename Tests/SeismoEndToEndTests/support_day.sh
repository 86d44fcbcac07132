#!/usr/bin/env bash
# A day of a support person, with commands alone: $SEISMO is the program, $RUNTIME the runtime. First with the tables that
# people read, then all of it again with JSON and jq.
set -euo pipefail

seismo() { "$SEISMO" "$@" --runtime "$RUNTIME"; }
step() { echo "== $*" >&2; }

# --- As people do it: tables, tab-separated in a pipe ---

step "whose session is it? the one with that phrase"
where=$(seismo sessions search '"order 1188"' --no-header | tail -n 1 | cut -f 1)
test "$where" != ""
session=${where%@*}
test "$session" = support/user-42

step "what was the state then, and what is it now?"
seismo sessions show "$where" --state >then.txt
seismo sessions show "$session" --state >now.txt
grep -q 'plan' now.txt
seismo sessions diff "$where" "$session" >diff.txt
grep -q 'replace /plan = "pro"' diff.txt

step "fork it, and replay the webhook edited into the fork"
fork=$(seismo sessions fork "$where" --as user-42-look | cut -f 1)
test "$fork" = support/user-42-look
exchange=$(seismo hooks list "$session" --hook user-update --no-header | head -n 1 | cut -f 1)
seismo hooks replay "$exchange" --into user-42-look --body '{"userId": "user-42", "plan": "basic"}' >replayed.txt
seismo sessions show support/user-42-look --state | grep -q basic

step "would the agent answer the same again?"
seismo sessions rerun "$session" --expect replies --expect tools >rerun.txt

step "for the ticket, without the customer's address"
seismo sessions export "$session" --format markdown --to ticket.md
grep -q 'order 1188' ticket.md
! grep -q 'ann@example.com' ticket.md

# --- As a script does it: JSON, and jq ---

step "all of it again with jq"
found=$(seismo sessions search '"order 1188"' --json | jq -r '[.results[] | select(.session == "user-42")][-1]')
seq=$(jq -r .seq <<<"$found")
key=$(jq -r '"\(.agent)/\(.session)"' <<<"$found")
test "$key@$seq" = "$where"

seismo sessions show "$key@$seq" --json | jq -e '.state.plan == "free"' >/dev/null
seismo sessions diff "$key@$seq" "$key" --json | jq -e '[.state[] | select(.path == "/plan")][0].value == "pro"' >/dev/null

copy=$(seismo sessions fork "$key@$seq" --as user-42-again --json | jq -r '"\(.agent)/\(.session)"')
id=$(seismo hooks list "$key" --hook user-update --json | jq -r '.exchanges[0].id')
seismo hooks replay "$id" --into user-42-again --body '{"userId": "user-42", "plan": "basic"}' --json |
    jq -e --arg id "$id" '.exchange.replayOf == $id and .exchange.response.status == 200' >/dev/null
seismo sessions show "$copy" --json | jq -e '.state.plan == "basic"' >/dev/null

seismo sessions rerun "$key" --json --expect replies --expect tools |
    jq -e '.reruns[0] | .error == null and .different.replies == 0 and (.steps | length) == .repeated' >/dev/null
seismo sessions export "$key" | jq -e '.events | length > 0' >/dev/null
! seismo sessions export "$key" | grep -q 'ann@example.com'

echo "done"
