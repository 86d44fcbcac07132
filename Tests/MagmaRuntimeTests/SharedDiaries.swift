import SessionModel
import TestSupport

@testable import MagmaRuntime

/// Tests with several runtimes on one store, and a diary `a`.
protocol SharedDiaries {
    var base: MemoryStore { get }
    var ledger: SharedStore.Ledger { get }
    var key: SessionKey { get }
}

extension SharedDiaries {
    func node(_ name: String, _ time: ManualTime = ManualTime()) async throws -> Runtime {
        try await DiaryAgent.runtime(SharedStore(base, ledger, node: name), time)
    }

    func say(_ text: String, _ runtime: Runtime, _ session: String = "a") async throws {
        let place = SessionPlace(lasting: SessionKey(agent: "diary", session: session))
        _ = try await runtime.send([.user(text)], to: place, origin: .chat).reply
    }

    func sleep(_ runtime: Runtime) async { await Maintenance(of: runtime).putAllToSleep(within: 60_000) }

    func texts() async throws -> [String] { try await base.fold(of: key, at: .max).messages.map(\.text) }
}
