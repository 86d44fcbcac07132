import Magma
import SessionModel
import Testing

@testable import MagmaRuntime

/// Who changes sessions by hand in tests.
let me = ChangeAuthor(name: "me", method: "test")

/// Sessions as objects, for tests that look into them. Only tests keep one: it may be let go at any time.
extension Runtime {
    func existingSession(_ key: SessionKey) async throws -> Session {
        try await directory.withSession(key, .viewing) { $0 }
    }

    /// The session of that id, made at first sight; a temporary one for `nil`.
    func session(_ id: String?, of agent: AgentBlueprint, origin: Origin) async throws -> Session {
        try checkOpen()
        return try await withHandlers(in: try await place(id, of: agent), SessionBeginning(origin: origin)) { $0 }
    }

    func open(_ id: String?) async throws -> Session { try await session(id, of: try agent(nil), origin: .chat) }
}

func refused<Value>(with code: String, _ body: () async throws -> Value) async {
    let error = await #expect(throws: RuntimeError.self) { _ = try await body() }
    #expect(error?.code == code)
}
