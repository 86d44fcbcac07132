import Inspection
import Logging
import Magma
import MagmaProviders
import SessionModel
import TestSupport
import Testing

@testable import BundledAgents
@testable import InspectionServer
@testable import Inspector
@testable import MagmaProviders
@testable import MagmaRuntime
@testable import MagmaServer

/// Puts numbers at the edges into every place of a JSON document where a number stands.
struct EdgeNumbers {
    static let all = [
        "0", "-1", "1", "-0", "0.5", "1e300", "-1e300", "1e-300", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", "-9223372036854775809", "9007199254740992", "9007199254740993", "4611686018427387904",
        "18446744073709551615", "253402300799999", "253402300800000", "1e18", "2147483648", "1.7976931348623157e308",
        "1e5",
    ].map { (try? JSON(parsing: $0)) ?? .null }

    /// A few of them, one of each sort, unless many runs are asked for.
    static let edges = Fuzzer.runs > 10_000 ? all : [1, 5, 8, 9].map { all[$0] }

    /// Where numbers stand in a document.
    static func places(in json: JSON, at path: JSONPointer = JSONPointer()) -> [JSONPointer] {
        switch json {
        case .int, .double, .literal: [path]
        case .array(let items): items.enumerated().flatMap { places(in: $1, at: JSONPointer(path.pieces + ["\($0)"])) }
        case .object(let members): members.flatMap { places(in: $0.value, at: JSONPointer(path.pieces + [$0.name])) }
        default: []
        }
    }

    /// The document with each edge in each place, and with `runs` mixtures of them, each made when it is asked for.
    static func all(of json: JSON, runs: Int) -> some Sequence<JSON> {
        let places = places(in: json)
        let single = places.count * edges.count
        let seed = Fuzzer.seed
        return (0..<(places.isEmpty ? 0 : single + runs)).lazy.compactMap { index -> JSON? in
            guard index >= single else {
                let step = JSONPatch.Step.replace(places[index / edges.count], edges[index % edges.count])
                return try? json.applying(JSONPatch([step]))
            }
            var state = seed &+ UInt64(index)
            func random(_ limit: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int((state >> 33) % UInt64(limit))
            }
            let steps = (0...(1 + random(3))).map { _ in
                JSONPatch.Step.replace(places[random(places.count)], edges[random(edges.count)])
            }
            return try? json.applying(JSONPatch(steps))
        }
    }
}

@Suite("Numbers from outside, at their edges", .timeLimit(.minutes(60)))
struct NumberFuzzTests {
    private static var runs: Int { Fuzzer.runs / 30 }

    private static func runtime(_ store: any SessionStore = MemoryStore()) async throws -> Runtime {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try await Runtime(
            agents: BundledAgents.all.map { try AgentBlueprint($0) },
            provider: ScriptedProvider(BundledAgents.scripts(pace: .zero)),
            store: store,
            time: ManualTime(),
            log: quiet
        )
    }

    // MARK: The protocol's methods

    /// Parameters of each method that takes numbers.
    private static let requests: [(method: String, params: JSON)] = [
        ("sessions.watch", ["offset": 1, "limit": 2]),
        ("sessions.watch", ["offset": 1, "limit": 2, "filter": "messages>0"]),
        ("session.attach", ["agent": "counter", "session": "ann", "after": 1, "window": 3]),
        ("session.history", ["agent": "counter", "session": "ann", "after": 1, "limit": 3]),
        ("session.history", ["agent": "counter", "session": "ann", "before": 4, "limit": 3]),
        ("session.history", ["agent": "counter", "session": "ann", "after": 1, "before": 4, "limit": 3]),
        ("session.at", ["agent": "counter", "session": "ann", "seq": 3]),
        ("session.diff", ["agent": "counter", "session": "ann", "from": 1, "to": 3]),
        ("session.snapshot", ["agent": "counter", "session": "ann", "name": "s", "seq": 3]),
        ("session.restore", ["agent": "counter", "session": "ann", "to": 3, "expect": 4]),
        (
            "session.edit",
            [
                "agent": "counter", "session": "ann", "expect": 3,
                "state": [["op": "replace", "path": "/count", "value": 3]],
            ]
        ),
        ("session.fork", ["agent": "counter", "session": "ann", "from": 3]),
        ("session.create", ["agent": "counter", "state": ["count": 3, "ticks": 4]]),
        ("hooks.list", ["limit": 3]), ("jobs.ticks", ["agent": "counter", "before": 3, "limit": 4]),
        ("jobs.ticks", ["agent": "counter", "session": "ann", "before": 3, "limit": 4]),
        ("audit.list", ["before": 3, "limit": 4]),
        (
            "hooks.send",
            ["agent": "counter", "hook": "bump-default", "request": ["body": ["by": 3], "query": ["x": 3]]]
        ),
        ("hooks.resolve", ["agent": "counter", "hook": "bump", "request": ["body": ["user": ["id": 3]]]]),
        ("runtime.hello", ["protocol": 1]),
        (
            "session.send",
            ["agent": "counter", "session": "ann", "message": ["role": "user", "content": "add 1", "x": 3]]
        ),
    ]

    @Test("every method answers, and says which number is out of its range", arguments: requests)
    func methods(method: String, params: JSON) async throws {
        let runtime = try await Self.runtime()
        let session = SessionKey(agent: "counter", session: "ann")
        for text in ["add 1", "add 2"] {
            _ = try await runtime.send([.user(text)], to: SessionPlace(lasting: session), origin: .chat).reply
        }
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let methods = InspectionMethods(
            runtime: runtime,
            node: "n",
            redaction: Redaction(masks: [.card]),
            log: quiet
        )
        let table = try #require(InspectionMethods.handler(of: method))
        let ranged = ["offset", "limit", "after", "before", "seq", "expect", "window"]
        for document in EdgeNumbers.all(of: params, runs: Self.runs) {
            let peer = InspectorState(name: "me", role: .admin)
            do {
                let answer = try await table.run(methods, peer, document)
                for name in ranged {
                    if let number = document[name]?.double, !(0...0x1p53).contains(number) {
                        Issue.record("\(method) took \(name) \(number): \(answer.result.text.prefix(200))")
                    }
                }
            } catch let error as RPCError {
                if error.message.isEmpty || error.number == -32603 { Issue.record("\(document.text): \(error)") }
            } catch let error as RuntimeError {
                if error.message.isEmpty { Issue.record("\(document.text): \(error)") }
            }
            await Task.yield()
        }
        // Whatever was made of it can be looked at, and its jobs run.
        for entry in try await runtime.sessions(SessionsQuery(limit: 1000)).rows {
            _ = try await runtime.head(of: entry.key, window: nil).json.text
            guard let job = try runtime.agent(entry.key.agent).job("tick"), entry.status != .ended else { continue }
            try await runtime.directory.withSession(entry.key, .ticking) {
                await $0.tick(job, scheduled: 1_800_000_000_000)
            }
        }
    }

    // MARK: Capsules

    @Test(
        "a capsule is refused with the number that is wrong, or the session lives, ticks and is read again at the next start"
    )
    func capsules() async throws {
        let origin = try await Self.runtime()
        let agent = try origin.agent("counter")
        let session = SessionKey(agent: "counter", session: "ann")
        for text in ["add 1", "add 2"] {
            _ = try await origin.send([.user(text)], to: SessionPlace(lasting: session), origin: .chat).reply
        }
        _ = try await origin.handleHook("bump", of: agent, HookRequest(body: .json(["user": ["id": "ann"]])))
        let tick = try #require(agent.job("tick"))
        try await origin.directory.withSession(session, .ticking) {
            await $0.tick(tick, scheduled: 1_800_000_000_000)
        }
        let me = ChangeAuthor(name: "me", method: "session.fork")
        _ = try await origin.snapshot(session, name: "s", at: nil, by: me)
        var text = ""
        try await CapsuleExport(session, of: origin).write(clean: { $0 }) { piece, _, _ in text += piece }
        let capsule = try JSON(parsing: text, depth: JSON.writtenDepth)
        let base: JSON = [
            "capsule": 1, "agent": "counter", "session": "cut", "kind": "lasting", "created": 1, "active": 2,
            "origin": "chat",
            "tokens": ["input": 1, "output": 2], "count": 1,
            "base": ["seq": 7, "messages": [], "state": ["count": 1], "blame": ["count": 3]],
            "exchanges": [
                [
                    "id": "ex_1", "hook": "bump", "received": 3, "duration": 0.5, "status": 200,
                    "changed": ["from": 1, "to": 2], "response": ["status": 200],
                ]
            ],
            "events": [
                [
                    "seq": 8, "at": 5, "kind": "tick.finished", "job": "tick", "scheduled": 4, "status": "ok",
                    "duration": 1.5,
                ]
            ],
        ]
        var (brought, refused) = (0, 0)
        for template in [capsule, base] {
            for document in EdgeNumbers.all(of: template, runs: Self.runs) {
                let store = MemoryStore()
                let runtime = try await Self.runtime(store)
                let reader = CapsuleImport(runtime, as: "copy")
                do {
                    try await reader.read(document)
                    let copy = try await reader.finish()
                    brought += 1
                    try await use(copy, in: runtime)
                    try await use(copy, in: try await Self.runtime(store))
                } catch let error as RuntimeError {
                    refused += 1
                    if error.message.isEmpty { Issue.record("\(error)") }
                }
                await Task.yield()
            }
        }
        #expect(brought > 50)
        #expect(refused > 50)
    }

    /// What inspectors and the clock do to a session.
    private func use(_ key: SessionKey, in runtime: Runtime) async throws {
        let agent = try runtime.agent(key.agent)
        try await runtime.directory.withSession(key, .awakeOrNew(SessionBeginning(origin: .chat))) { session in
            if let job = agent.job("tick") { await session.tick(job, scheduled: runtime.time.now) }
        }
        _ = try await runtime.send([.user("add 1")], to: key).reply
        let head = try await runtime.head(of: key, window: nil)
        let text = head.json.text
        if SessionHead(json: try JSON(parsing: text, depth: JSON.writtenDepth))?.seq != head.seq {
            Issue.record("\(text)")
        }
        for sort in SessionsQuery.Sort.allCases {
            for row in try await runtime.sessions(SessionsQuery(sort: sort)).rows { _ = row.json.text }
        }
        _ = try await runtime.sessions(SessionsQuery(filter: "age>1 idle<1 tokens>0 seq>0"))
        _ = try await runtime.ticks(of: agent, in: key, job: nil, before: nil, limit: 100)
        if let first = try await runtime.store.events(of: key, after: 0, limit: 1).first {
            _ = try await runtime.past(of: key, at: max(1, first.seq))
        }
        for snapshot in try await runtime.store.snapshots(of: key) { _ = snapshot.json.text }
        await Maintenance(of: runtime).putIdleToSleep()
        await Maintenance(of: runtime).retireTemporarySessions()
        try await runtime.store.trim(at: runtime.time.now, answersBefore: runtime.time.now)
        _ = try await runtime.stats().json.text
    }

    // MARK: Models

    @Test("a model's counts and waits, whatever they are, add up")
    func models() async throws {
        let openAI: JSON = [
            "choices": [
                [
                    "index": 0, "finish_reason": "stop",
                    "message": [
                        "content": "x",
                        "tool_calls": [["index": 0, "id": "c", "function": ["name": "f", "arguments": "{}"]]],
                    ],
                ]
            ],
            "usage": ["prompt_tokens": 5, "completion_tokens": 6, "prompt_tokens_details": ["cached_tokens": 2]],
        ]
        let anthropic: JSON = [
            "content": [["type": "text", "text": "x"]], "stop_reason": "end_turn",
            "usage": [
                "input_tokens": 5, "output_tokens": 6, "cache_creation_input_tokens": 7, "cache_read_input_tokens": 8,
            ],
        ]
        var sum = Usage()
        func take(_ completion: Completion) {
            sum = sum + completion.usage
            let usage = completion.usage
            for number in [usage.input, usage.output, usage.cacheRead, usage.cacheWrite]
            where !NumberRange.count.contains(number) {
                Issue.record("\(usage)")
            }
        }
        for document in EdgeNumbers.all(of: openAI, runs: Self.runs) {
            var answer = OpenAIAnswer(calls: ToolCallPieces(fallbackID: "c"))
            _ = try? answer.add(whole: document)
            take(answer.completion)
        }
        for document in EdgeNumbers.all(of: anthropic, runs: Self.runs) {
            var answer = AnthropicAnswer(fallbackID: "c")
            _ = try? answer.add(whole: document)
            take(answer.completion)
        }
        let event: JSON = ["type": "content_block_start", "index": 3, "content_block": ["type": "text", "text": "x"]]
        for document in EdgeNumbers.all(of: event, runs: 0) {
            var answer = AnthropicAnswer(fallbackID: "c")
            _ = try? answer.add(document)
            _ = answer.completion
        }
        for edge in EdgeNumbers.edges {
            let wait = ModelLimits().wait(before: 0, asked: RetryAfter.seconds(edge.text), chance: 1)
            if let wait, wait > .seconds(60) { Issue.record("\(edge)") }
        }
        #expect(sum.input > 0)
        let most = NumberRange.count.upperBound
        #expect(Usage(input: .max) + Usage(input: .max) == Usage(input: most))
        // What is summed can be exported, and read again.
        #expect(Usage(input: most) + Usage(input: 12) == Usage(input: most))
    }

    // MARK: What an inspector is told

    /// What a runtime says, with a number in every place that may hold one.
    private static let said: [JSON] = [
        [
            "watch": "w", "total": 3, "counts": ["awake": 1, "asleep": 2, "temporary": 3, "ended": 4], "coalesced": 5,
            "rows": [
                [
                    "agent": "a", "session": "s", "created": 1, "active": 2, "seq": 3, "messages": 4,
                    "tokens": ["input": 1, "output": 2],
                    "nextTick": 5, "expires": 6, "trouble": ["kind": "turn", "seq": 7, "text": "x"],
                ]
            ],
        ],
        [
            "sessions": ["awake": 1], "turns": 1, "hooks": 2, "ticks": 3, "events": 4,
            "rates": ["turns": 1.5, "events": 2.5],
            "latency": ["turn": ["p50": 1.5, "p99": 2.5]], "memory": 5, "inspectors": 6, "storeLag": 7, "now": 8,
        ],
        [
            "job": "j", "session": "s", "scheduled": 1, "started": 2, "finished": 3, "status": "ok", "seq": 4,
            "next": 5,
            "last": [["job": "j", "scheduled": 6, "seq": 7]],
        ],
        [
            "id": "ex_1", "hook": "h", "received": 1, "duration": 2.5, "status": 200, "changed": ["from": 1, "to": 2],
            "response": ["status": 200], "request": ["method": "GET", "body": 3],
        ],
    ]

    @Test("what a runtime says is read within its ranges, whatever it says")
    func shapes() throws {
        for template in Self.said {
            for document in EdgeNumbers.all(of: template, runs: Self.runs) {
                let texts = [
                    SessionsPage(json: document)?.json, RuntimeStats(json: document).json, Tick(json: document)?.json,
                    JobStatus(json: document)?.json, Exchange(json: document)?.json, Hello(json: document)?.json,
                ]
                for json in texts.compactMap(\.self) {
                    for place in EdgeNumbers.places(in: json) where !place.pieces.contains("body") {
                        let number = try json.value(at: place).double ?? 0
                        if !(0...0x1p53).contains(number) { Issue.record("\(place): \(json.text)") }
                    }
                }
                if let page = SessionsPage(json: document) {
                    _ = page.counts.all
                    for row in page.rows {
                        _ =
                            Format.age(253_402_300_799_999 - row.times.active)
                            + Format.countdown(row.times.expires ?? 0)
                    }
                }
            }
        }
    }

    @Test("events of every kind are read with their numbers within their ranges, or not at all")
    func events() async throws {
        let bodies: [SessionEvent.Body] = [
            .sessionRestored(to: 3, snapshot: nil, SessionPicture(messages: [], state: [:])),
            .sessionForked(.to(session: "s", seq: 4)), .snapshotTaken(name: "s", of: 5),
            .turnFinished(
                TurnResult(
                    status: .finished,
                    usage: Usage(input: 1, output: 2, cacheWrite: 3, cacheRead: 4),
                    duration: 1.5
                )
            ),
            .completionFinished(stopReason: nil, usage: Usage(input: 1, output: 2), duration: 2.5, error: nil),
            .toolFinished(ToolResult(id: "c", name: "f", result: 3), duration: 2.5),
            .hookAnswered(exchange: "e", hook: "h", status: 200, duration: 1.5, error: nil),
            .tickStarted(job: "j", scheduled: 5), .tickMissed(job: "j", scheduled: 5, reason: "r"),
            .tickFinished(job: "j", scheduled: 5, status: .ok, duration: 2.5, error: nil),
        ]
        for body in bodies {
            let template = SessionEvent(seq: 3, at: 4, cause: 2, turn: "t", body: body).json
            for document in EdgeNumbers.all(of: template, runs: Self.runs) {
                guard let event = SessionEvent(json: document) else { continue }
                if !NumberRange.count.contains(event.seq) || !NumberRange.time.contains(event.at) {
                    Issue.record("\(event)")
                }
                if SessionEvent(json: event.json) != event { Issue.record("\(document.text)") }
                var fold = SessionFold()
                fold.apply(event)
                _ = fold.json.text
            }
            await Task.yield()
        }
    }
}
