internal import Synchronization

/// Whether other processes answer over the network: one that keeps its lease may be cut off from this one alone.
final class NodeReach: Sendable {
    private struct Question {
        var asked: ContinuousClock.Instant
        var answer: Task<Bool, Never>
        /// Since when nothing was heard of it; `nil` when it has answered.
        var silentSince: ContinuousClock.Instant?
    }

    /// Between two questions.
    private static let pause = Duration.seconds(1)
    /// After so long without a question it is not known any more whether a process has been silent.
    private static let memory = Duration.seconds(60)
    /// Addresses that are remembered.
    private static let most = 256

    private let questions = Mutex<[String: Question]>([:])
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
    var count: Int { questions.withLock(\.count) }

    /// Something has come from a process.
    func heard(_ contact: NodeContact) { questions.withLock { $0[contact.address]?.silentSince = nil } }

    /// Whether a process has not answered for a while; to be asked again and again by those who wait for it. Of one question to
    /// the process many get the answer.
    func isCutOff(_ contact: NodeContact) async -> Bool {
        let question = questions.withLock { questions in
            let now = ContinuousClock.now
            let known = questions[contact.address].flatMap { $0.asked + Self.memory > now ? $0 : nil }
            if let known, known.asked + Self.pause > now { return known }
            if questions.count >= Self.most { questions = [:] }
            let answer = Task { [ask] in await ask(contact) }
            let question = Question(asked: now, answer: answer, silentSince: known?.silentSince)
            questions[contact.address] = question
            return question
        }
        if await question.answer.value {
            heard(contact)
            return false
        }
        return questions.withLock { questions in
            let since = questions[contact.address]?.silentSince ?? question.asked
            questions[contact.address]?.silentSince = since
            return since + patience < .now
        }
    }
}
