internal import SessionModel
internal import Synchronization

/// Whether the store can be read and written, for those who ask from outside: one question at a time, however many ask.
final class StoreProbe: Sendable {
    /// Milliseconds that the store may take.
    private static let patience: Int64 = 5000

    private let asking = Mutex<Task<RuntimeError?, Never>?>(nil)
    private let store: any SessionStore
    private let deadlines: Deadlines
    private let look: @Sendable () async throws -> Void

    /// - Parameter look: reads something.
    init(of store: any SessionStore, _ deadlines: Deadlines, look: @escaping @Sendable () async throws -> Void) {
        self.store = store
        self.deadlines = deadlines
        self.look = look
    }

    /// Why the store takes nothing; `nil` when it is well.
    func problem() async -> RuntimeError? {
        let question = asking.withLock { asking in
            let question = asking ?? Task { await self.ask() }
            asking = question
            return question
        }
        do { return try await deadlines.limit(milliseconds: Self.patience) { await question.value } } catch {
            return RuntimeError(.unavailable, "store_io", "The store has not answered for \(Self.patience / 1000) s.")
        }
    }

    private func ask() async -> RuntimeError? {
        defer { asking.withLock { $0 = nil } }
        // What is known without asking comes first: a store that is silent holds a question up.
        if let problem = await store.problem { return problem }
        do { try await look() } catch {
            return error as? RuntimeError
                ?? RuntimeError(.unavailable, "store_failed", "The store does not answer: \(error)")
        }
        return nil
    }
}
