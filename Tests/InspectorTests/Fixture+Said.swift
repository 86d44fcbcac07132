import Foundation
import Inspection
import SessionModel
import Terminal

@testable import Inspector

/// What a runtime says.
extension Fixture {
    static let jobs = [
        JobStatus(
            job: "follow-up",
            agent: "support",
            isStatic: false,
            schedule: "* * * * *",
            timezone: "GMT",
            words: "every minute",
            next: now + 42_000,
            paused: false,
            last: [
                Tick(
                    job: "follow-up",
                    session: "user-42",
                    scheduled: now - 18_000,
                    started: now - 17_990,
                    finished: now - 17_900,
                    status: .ok,
                    seq: 9
                ),
                Tick(
                    job: "follow-up",
                    session: "user-42",
                    scheduled: now - 78_000,
                    status: .missed,
                    error: "The run before it has not finished.",
                    seq: 5
                ),
                Tick(
                    job: "follow-up",
                    session: "user-42",
                    scheduled: now - 138_000,
                    started: now - 138_000,
                    finished: now - 137_000,
                    status: .failed,
                    error: "no network",
                    seq: 3
                ),
            ]
        ),
        JobStatus(
            job: "digest",
            agent: "support",
            isStatic: false,
            schedule: "0 9 * * 1-5",
            timezone: "America/New_York",
            words: "every weekday at 9:00",
            next: now + 7_500_000,
            paused: true,
            last: []
        ),
    ]

    static func summary(_ session: String, _ change: (inout SessionSummary) -> Void = { _ in }) -> SessionSummary {
        var summary = SessionSummary(
            key: SessionKey(agent: "support", session: session),
            kind: .lasting,
            created: now - 60_000,
            origin: .chat
        )
        summary.times.active = now - 3_000
        summary.messages = 4
        summary.seq = 12
        summary.times.nextTick = now + 12_000
        change(&summary)
        return summary
    }

    static let rows: [SessionSummary] = [
        summary("user-42") { $0.doing = "tool:find_order" }, summary("user-17") { $0.times.active = now - 840_000 },
        summary("tmp_01J9ZZZZZZZZZZZZZZZZZZZZZZ") {
            $0.kind = .temporary
            $0.times.expires = now + 252_000
        },
        summary("user-99") {
            $0.status = .asleep
            $0.times.active = now - 7_300_000
        },
        summary("user-03") { $0.trouble = .init(kind: "hook", seq: 9, text: "crm 500: boom") },
        summary("注文-7 👩‍👩‍👧") { $0.messages = 31 }, summary("gone") { $0.status = .ended },
        summary("bad\u{1B}[31m\u{202E}id") { $0.paused = true },
    ]

    static func page(_ rows: [SessionSummary] = rows, total: Int? = nil, coalesced: Int? = nil, troubled: Int = 0)
        -> JSON
    {
        var counts = SessionCounts()
        counts.awake = 6
        counts.asleep = 1
        counts.temporary = 1
        counts.ended = 1
        counts.troubled = troubled
        return SessionsPage(watch: "w1", total: total ?? rows.count, counts: counts, rows: rows, coalesced: coalesced)
            .json
    }

    static let hello = Hello(
        name: "seismo",
        version: "0.1.0",
        node: "n",
        started: now,
        role: .operator,
        agents: [.init(id: "support", hooks: [], jobs: [], tools: [], middleware: [], fields: [])],
        capabilities: []
    ).json

    static let state: JSON = [
        "plan": "pro", "email": nil, "openTickets": [["id": 4001, "subject": "kettle \u{1B}[2J", "urgent": true]],
        "refunds": [:], "balance": -3.5,
    ]

    /// Connected, with the list and the first session open.
    static var stats: RuntimeStats {
        var stats = RuntimeStats()
        stats.rates.events = 412
        return stats
    }

    static func opened(width: Int = 120, height: Int = 36, state: JSON = state, keymap: KeyMap = KeyMap())
        -> Fixture
    {
        var fixture = Fixture(width: width, height: height, keymap: keymap)
        fixture.tell(.link(.up))
        fixture.answer("runtime.hello", hello)
        fixture.answer("runtime.stats", stats.json)
        fixture.answer("sessions.watch", page())
        fixture.attach(state: state)
        return fixture
    }

    mutating func attach(state: JSON = state) {
        let head = SessionHead(
            summary: Self.rows[0],
            messages: [],
            window: 0,
            state: [:],
            blame: [:],
            jobs: Self.jobs,
            seq: 0
        )
        answer("session.attach", ["attachment": "a1", "head": head.json])
        answer("hooks.watch", ["watch": "h1", "exchanges": .array(Self.exchanges.map(\.row)), "more": false])
        event(.sessionCreated(origin: .chat, temporary: false))
        event(.stateChanged(JSONPatch(from: [:], to: state)), cause: 1)
    }

    /// The answer to an attachment to another session.
    static func attached(to key: SessionKey, seq: Int) -> JSON {
        let head = SessionHead(
            summary: SessionSummary(key: key, kind: .temporary, created: now, origin: .fork),
            messages: [],
            window: 0,
            state: [:],
            blame: [:],
            jobs: [],
            seq: seq
        )
        return ["attachment": "a2", "head": head.json]
    }

    static var exchanges: [Exchange] {
        let request = RecordedRequest(
            path: "/v1/agents/support/hooks/user-update",
            headers: ["content-type": "application/json"],
            body: RecordedBody(["userId": "user-42", "plan": "pro"], .json)
        )
        var first = Exchange(
            id: "ex_2",
            agent: "support",
            hook: "user-update",
            why: "The body field 'userId' is 'user-42'.",
            request: request,
            received: now - 5_000
        )
        first.session = "user-42"
        first.response = RecordedResponse(status: 200, body: RecordedBody(["updated": "user-42"], .json))
        first.duration = 1.25
        first.changed = 1...3
        var second = Exchange(
            id: "ex_1",
            agent: "support",
            hook: "crm",
            why: "The header 'x-session-id' is 'user-42'.",
            request: request,
            received: now - 65_000
        )
        second.session = "user-42"
        second.response = RecordedResponse(status: 500)
        second.duration = 32
        second.error = "boom \u{07}\u{9B}31m"
        second.replayOf = "ex_0"
        return [first, second]
    }

    /// A turn with a tool, as it comes in.
    mutating func turn() {
        event(
            .messageAdded(Message(id: "m1", role: .user, text: "where is my order 1188? 注文 👍🏽 \u{1B}]0;pwned\u{07}")),
            turn: "t1"
        )
        event(.turnStarted(input: ["m1"], trace: "4bf92f3577b34da6a3ce929d0e0e4736"), cause: 3, turn: "t1")
        event(.completionStarted(provider: "scripted", model: "script", window: ["m1"]), cause: 4, turn: "t1")
        let call = ToolCall(id: "c1", name: "find_order", arguments: ["number": 1188])
        event(
            .messageAdded(Message(id: "m2", role: .assistant, blocks: [.text("Let me look."), .toolCall(call)])),
            cause: 5,
            turn: "t1"
        )
        event(.toolStarted(call), cause: 4, turn: "t1")
        event(.stateChanged(JSONPatch([.replace(JSONPointer(["plan"]), "team")])), cause: 7, turn: "t1")
        let result = ToolResult(id: "c1", name: "find_order", result: ["status": "shipped", "carrier": "DHL"])
        event(.toolFinished(result, duration: 12), cause: 7, turn: "t1")
        event(.messageAdded(Message(id: "m3", role: .user, blocks: [.toolResult(result)])), cause: 4, turn: "t1")
        event(
            .messageAdded(
                Message(
                    id: "m4",
                    role: .assistant,
                    text:
                        "It shipped yesterday with DHL and should be with you tomorrow, or the day after if the weather is bad; I can tell the carrier to leave it with a neighbour."
                )
            ),
            cause: 4,
            turn: "t1"
        )
        event(
            .turnFinished(
                TurnResult(
                    status: .finished,
                    stopReason: .natural,
                    usage: Usage(input: 300, output: 12),
                    duration: 1200
                )
            ),
            cause: 4,
            turn: "t1"
        )
    }
}
