internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import Logging
internal import Magma
internal import MagmaProviders
internal import MagmaRuntime
internal import SQLiteStore
internal import ServiceLifecycle
internal import SessionModel

/// What sessions and their jobs take.
extension Bencher {
    func measureSessions() async throws {
        try await alone(.sessionAwake, extent.awake, "bytes", budget: 2560)
        try await alone(.sessionAsleep, extent.asleep, "bytes", budget: 64)
        guard !requested.isDisjoint(with: [.tickStorm, .cronIdle]) else { return }
        let numbers = try await Child.numbers(["alone", "jobs", "--count", "\(extent.jobs)"])
        let scale = 100_000 / Double(extent.jobs)
        if requested.contains(.tickStorm) {
            Report.most("tick-storm", (numbers.first ?? .infinity) * scale, "core-seconds", budget: 1.5)
        }
        if requested.contains(.cronIdle) {
            Report.most("cron-idle", (numbers.last ?? .infinity) * scale, "% of a core", budget: 0.05)
        }
    }

    /// Each round in a process of its own, since memory that was once used is not given back.
    private func alone(_ name: BenchCase, _ count: Int, _ unit: String, budget: Double) async throws {
        guard requested.contains(name) else { return }
        var values: [Double] = []
        for _ in 0..<extent.rounds {
            values += try await Child.numbers(["alone", name.rawValue, "--count", "\(count)"])
        }
        Report.most(name.rawValue, values.median, unit, budget: budget)
    }
}

/// What is measured in a process of its own; prints its numbers.
struct AloneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "alone", shouldDisplay: false)

    enum Part: String, ExpressibleByArgument {
        case awake = "session-awake"
        case asleep = "session-asleep"
        case jobs
    }

    @Argument var part: Part
    @Option var count: Int

    func run() async throws {
        let bench = Bencher(requested: [], extent: .quick)
        try await bench.inFolder { folder in
            let path = folder.appending(path: "sessions.sqlite").path(percentEncoded: false)
            switch part {
            case .awake: print(try await awake(path))
            case .asleep: print(try await asleep(path))
            case .jobs: try await jobs(path)
            }
        }
    }

    /// Bytes of a session with two messages.
    private func awake(_ path: String) async throws -> Double {
        let runtime = try await Servers.runtime(on: try SQLiteStore(path: path))
        try await Sessions.make(100, "warm", runtime)
        ProcessMemory.trim()
        let before = ProcessMemory.resident
        try await Sessions.make(count, "s", runtime)
        ProcessMemory.trim()
        return Double(ProcessMemory.resident - before) / Double(count)
    }

    private func asleep(_ path: String) async throws -> Double {
        try await Sessions.fill(try SQLiteStore(path: path), sleepers: count)
        ProcessMemory.trim()
        let before = ProcessMemory.resident
        let runtime = try await Servers.runtime(on: try SQLiteStore(path: path))
        ProcessMemory.trim()
        return withExtendedLifetime(runtime) { max(0, Double(ProcessMemory.resident - before)) / Double(count) }
    }

    /// Core-seconds of a tick of one job over all sessions, and per cent of a core while nothing is due.
    private func jobs(_ path: String) async throws {
        let runtime = try await Runtime(
            agents: [AgentBlueprint(HourlyAgent.self)],
            provider: ScriptedProvider([:]),
            store: MemoryStore(),
            log: Servers.quiet
        )
        let serving = Task { try await runtime.run() }
        defer { serving.cancel() }
        try await Sessions.make(count, "s", runtime, turns: false)
        let agent = try runtime.agent(nil)
        var (storms, idle): ([Double], [Double]) = ([], [])
        for _ in 0..<5 {
            let (done, begin) = (try await runtime.stats().ticks, Processor.seconds)
            try await runtime.runJob("hourly", of: agent, on: nil, by: ChangeAuthor(name: "bench", method: "bench"))
            while try await runtime.stats().ticks < done + count { try await Task.sleep(for: .milliseconds(5)) }
            storms.append(Processor.seconds - begin)
        }
        try await Task.sleep(for: .seconds(1))
        for _ in 0..<5 {
            let begin = Processor.seconds
            try await Task.sleep(for: .seconds(1))
            idle.append((Processor.seconds - begin) * 100)
        }
        print(storms.median, idle.median)
    }
}

/// Has a job that is never due while it is measured, unless the hour changes.
@Agent(provider: ScriptedProvider())
actor HourlyAgent {
    var runs = 0

    @Job("0 * * * *")
    func hourly() { runs += 1 }
}

/// The processor time of this process.
enum Processor {
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Makes many sessions.
enum Sessions {
    /// Awake ones of the only agent, each with a turn or without.
    static func make(_ count: Int, _ name: String, _ runtime: Runtime, turns: Bool = true) async throws {
        let agent = try runtime.agent(nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<32 {
                group.addTask {
                    for number in stride(from: lane, to: count, by: 32) {
                        let session = try await runtime.place("\(name)\(number)", of: agent)
                        if turns {
                            _ = try await runtime.send([.user("hello there")], to: session, origin: .chat).reply
                        } else {
                            try await runtime.wake(session, origin: .chat)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Writes sessions that sleep.
    static func fill(_ store: any SessionStore, sleepers count: Int, of agent: String = "echo") async throws {
        for start in stride(from: 0, to: count, by: 2000) {
            var entries: [JournalEntry] = []
            var held: [HeldSession] = []
            for number in start..<min(count, start + 2000) {
                let key = SessionKey(agent: agent, session: "s\(number)")
                guard case .mine(let claimed) = try await store.claim(key) else { continue }
                held.append(claimed)
                entries.append(sleeper(key, number, claimed.epoch))
            }
            let refused = try await store.append(entries)
            if let refusal = refused.first?.value { throw refusal }
            for session in held { try await store.release(session) }
        }
    }

    private static func sleeper(_ key: SessionKey, _ number: Int, _ epoch: Int) -> JournalEntry {
        var summary = SessionSummary(key: key, kind: .lasting, created: Int64(number), origin: .chat)
        summary.status = .asleep
        let bodies: [SessionEvent.Body] = [
            .sessionCreated(origin: .chat, temporary: false),
            .stateChanged(JSONPatch(from: [:], to: ["turns": 1])),
            .messageAdded(.user("hello \(number)")), .messageAdded(.assistant("hello \(number)")),
        ]
        let events = bodies.enumerated().map { index, body in
            var body = body
            if case .messageAdded(var message) = body {
                message.id = "msg_\(index)"
                body = .messageAdded(message)
            }
            return SessionEvent(seq: index + 1, at: Int64(number), body: body)
        }
        summary.seq = events.count
        summary.messages = 2
        return JournalEntry(
            key: key,
            epoch: epoch,
            events: events,
            record: SessionRecord(summary: summary, state: ["turns": 1], pausedJobs: [])
        )
    }
}
