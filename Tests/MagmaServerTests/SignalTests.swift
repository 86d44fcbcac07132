import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import MagmaServer

@Suite("Signals", .timeLimit(.minutes(15)))
struct SignalTests {
    @Test("what does not end after a signal is given up")
    func patience() async throws {
        defer { signal(SIGTERM, SIG_DFL) }
        let group = ServiceGroup(configuration: .init(services: [] as [any Service], logger: Logger(label: "test")))
        let (given, up) = AsyncStream.makeStream(of: Void.self)
        try await Signals.stopping(group, within: .milliseconds(20)) {
            up.finish()
        } while: {
            kill(getpid(), SIGTERM)
            for await _ in given {}
        }
    }
}
