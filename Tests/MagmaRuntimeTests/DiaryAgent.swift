import Inspection
import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

extension DiaryAgent {
    static func hook(_ who: String, _ text: String) -> HookRequest {
        HookRequest(method: "POST", body: .json(["who": .string(who), "text": .string(text)]))
    }

    /// A runtime that hosts diaries, without its clockwork.
    static func runtime(
        _ store: any SessionStore,
        _ time: ManualTime = ManualTime(),
        _ house: House = House(),
        limits: RuntimeLimits = RuntimeLimits()
    ) async throws -> Runtime {
        try await DiaryAgent.$house.withValue(house) {
            try await Runtime(
                agents: [AgentBlueprint(DiaryAgent.self)],
                provider: DiaryModel(house: house),
                store: store,
                limits: limits,
                time: time
            )
        }
    }

    /// A runtime on the store for as long as `body` runs; it goes without a word.
    static func with<Value: Sendable>(
        _ store: any SessionStore,
        time: ManualTime = ManualTime(),
        house: House = House(),
        limits: RuntimeLimits = RuntimeLimits(),
        _ body: (Runtime, ManualTime, House) async throws -> Value
    ) async throws -> Value {
        let runtime = try await runtime(store, time, house, limits: limits)
        return try await DiaryAgent.$house.withValue(house) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await runtime.run() }
                defer { group.cancelAll() }
                // Three jobs, maintenance and, where others may use the store, the list.
                try await eventually("the scheduler waits") { time.sleeping >= (store.isShared ? 5 : 4) }
                return try await body(runtime, time, house)
            }
        }
    }
}

extension Session {
    /// Waits until nothing is under way.
    func settle() async { try? await store() }
}

/// What the test of a diary sees and steers.
actor House {
    nonisolated let gate = Gate()
    private(set) var cleanups = 0
    private(set) var asked: [String] = []

    func cleanedUp() { cleanups += 1 }
    func asked(_ text: String) { asked.append(text) }
}

@Agent(policy: .queue)
actor DiaryAgent {
    @TaskLocal static var house = House()
    @Transient private var house = DiaryAgent.house

    var setups = 0
    var entries: [String] = []
    var chimes = 0
    var lates = 0

    func setup(_ input: JSON) { setups += 1 }

    func receive(_ message: Message) -> Message {
        entries.append(message.text)
        return message
    }

    func settings(for message: Message) async -> TurnSettings {
        await house.asked(message.text)
        return TurnSettings()
    }

    func onCleanup() async { await house.cleanedUp() }

    @Tool("Writes it down")
    func note() { entries.append("noted") }

    @Hook("write", session: .body("who"))
    func write(_ request: HookRequest) async throws {
        guard case .json(let body) = request.body else { return }
        let text = body["text"]?.string ?? ""
        entries.append(text)
        if text.hasSuffix("wait") { try await house.gate.pass() }
    }

    @Job("0 * * * *")
    func chime() { chimes += 1 }

    @Job("30 * * * *", missed: .once)
    func late() { lates += 1 }

    @Job("45 * * * *")
    static func sweep() {}
}

private struct DiaryModel: Provider {
    let house: House
    var name: String { "diary" }
    var model: String { "echo" }

    func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion {
        let said = request.messages.last { $0.role == .user && !$0.text.isEmpty }?.text ?? ""
        if said == "fail" { throw ToolError("no model") }
        if said.hasPrefix("note"), request.messages.last?.text == said {
            return Completion(
                blocks: [.toolCall(ToolCall(id: "1", name: "note", arguments: [:]))],
                usage: Usage(),
                stopReason: .toolCall
            )
        }
        if said.hasSuffix("wait") { try await house.gate.pass() }
        return Completion(blocks: [.text("re: \(said)")], usage: Usage(input: 1, output: 1), stopReason: .natural)
    }
}
