internal import Synchronization

/// Whether other processes answer over the network: one that keeps its lease may be cut off from this one alone.
final class NodeReach: Sendable {
    private struct Line {
        var asked: ContinuousClock.Instant
        var answer: Task<Bool, Never>
        /// When it answered last, or when it was first asked after a while.
        var heard: ContinuousClock.Instant
    }

    private static let pause = Duration.seconds(1)
    /// Addresses that are remembered.
    private static let most = 256

    private let lines = Mutex<[String: Line]>([:])
    private let patience: Duration
    private let ask: @Sendable (NodeContact) async -> Bool

    /// - Parameters:
    ///   - patience: how long a process may be silent.
    ///   - ask: whether a process answers, within a few seconds.
    init(patience: Duration = .seconds(6), _ ask: @escaping @Sendable (NodeContact) async -> Bool) {
        self.patience = patience
        self.ask = ask
    }

    /// How many processes are remembered.
    var count: Int { lines.withLock(\.count) }

    /// Whether a process has not answered for a while; to be asked again and again by those who wait for it. Of one question to
    /// the process many get the answer.
    func isCutOff(_ contact: NodeContact) async -> Bool {
        let answer = lines.withLock { lines in
            let now = ContinuousClock.now
            let known = lines[contact.address].flatMap { $0.asked + patience > now ? $0 : nil }
            if let known, known.asked + Self.pause > now { return known.answer }
            if lines.count >= Self.most { lines = [:] }
            let answer = Task { [ask] in await ask(contact) }
            lines[contact.address] = Line(asked: now, answer: answer, heard: known?.heard ?? now)
            return answer
        }
        let isHeard = await answer.value
        return lines.withLock { lines in
            if isHeard {
                lines[contact.address]?.heard = .now
                return false
            }
            return lines[contact.address].map { $0.heard + patience < .now } ?? false
        }
    }
}
