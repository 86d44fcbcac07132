internal import Magma
package import SessionModel

/// Repeats in a fork of a session what came to it from outside, one after another, and compares how it comes out.
package struct Rerun: Sendable {
    package let source: SessionKey
    package let fork: SessionKey
    /// The last event of the recorded session that the fork begins with.
    package let start: Int
    /// The last event that is repeated.
    package let end: Int

    private let runtime: Runtime
    private let agent: AgentBlueprint
    private let options: RerunOptions
    private let author: ChangeAuthor
    private let provider: (any Provider)?
    private let beginning: (recorded: SessionFold, fork: SessionFold)

    /// Makes the fork.
    ///
    /// - Throws: ``RuntimeError`` `provider_invalid`, `seq_forgotten`, and what ``Runtime/fork(_:at:as:kind:agent:by:)`` throws.
    package init(of source: SessionKey, _ options: RerunOptions, in runtime: Runtime, by author: ChangeAuthor)
        async throws
    {
        try runtime.checkOpen()
        self.runtime = runtime
        self.source = source
        self.options = options
        self.author = author
        agent = try runtime.agent(options.agent ?? source.agent)
        provider = try options.provider.map { try runtime.provider($0, model: options.model) }
        let present = try await runtime.present(of: source)
        end = min(options.end ?? present.seq, present.seq)
        try await runtime.settle(source)
        let moment: Moment = if let from = options.from { from } else { .seq(try await runtime.beginning(of: source)) }
        let recorded = try await runtime.past(of: source, at: moment)
        start = recorded.seq
        guard options.end.map({ $0 > recorded.seq }) ?? true else {
            throw RuntimeError(
                .malformed,
                "seq_invalid",
                "There is nothing to repeat: the rerun begins after event \(recorded.seq) and is to end with \(end)."
            )
        }
        fork = try await runtime.fork(
            source,
            at: moment,
            as: options.id,
            kind: options.id == nil ? .temporary : .lasting,
            agent: agent,
            by: author
        )
        beginning = (recorded, try await runtime.present(of: fork))
    }

    /// Repeats all of it. When the task is cancelled, the turn that is under way is as well.
    ///
    /// - Parameter tell: is given each step when it is done.
    /// - Throws: ``RuntimeError`` when the fork cannot be used any more or the runtime shuts down.
    package func run(_ tell: (RerunStep) async throws -> Void) async throws {
        var recording = JournalSteps(of: source, after: beginning.recorded, upTo: end, in: runtime)
        var repetition = JournalSteps(of: fork, after: beginning.fork, in: runtime)
        // Messages that got no answer of their own: the next turn answered them as well.
        var unanswered: [Message] = []
        while let recorded = try await recording.next() {
            try Task.checkCancellation()
            if case .tick = recorded.input, !options.includesTicks { continue }
            var step = recorded.compared
            if let reason = reasonToLeaveOut(recorded) {
                step.note = reason.text
                step.isLost = reason.isLoss
                if recorded.keepsMessages { unanswered += recorded.messages }
            } else {
                if case .turn = recorded.input {
                    try await repeatTurn(recorded, behind: unanswered, &step, &repetition)
                    unanswered = []
                } else {
                    try await repeatHandler(recorded, &step, &repetition)
                }
            }
            step.compare()
            try await tell(step)
        }
    }

    /// Why a step is not repeated, and whether it should have been.
    private typealias Reason = (text: String, isLoss: Bool)

    private func reasonToLeaveOut(_ recorded: RecordedStep) -> Reason? {
        switch recorded.input {
        case .change: ("What inspectors changed is not repeated.", false)
        case .hook(let name, _) where agent.hook(name) == nil: ("The agent '\(agent.id)' has no hook '\(name)'.", true)
        case .tick(let job) where agent.job(job) == nil: ("The agent '\(agent.id)' has no job '\(job)'.", true)
        case .turn where recorded.keepsMessages: ("It had no answer: its messages go with the next turn.", false)
        case .turn where recorded.outcome.status == TurnResult.Status.interrupted.rawValue:
            ("It was interrupted when the runtime stopped.", true)
        case _ where !recorded.isOver: ("It has no end in the recording.", true)
        default: nil
        }
    }

    // MARK: Turns

    private func repeatTurn(
        _ recorded: RecordedStep,
        behind others: [Message],
        _ step: inout RerunStep,
        _ repetition: inout JournalSteps
    ) async throws {
        let tools = options.usesRecordedTools ? RecordedTools(recorded.calls) : nil
        let conditions = TurnConditions(provider: provider, model: provider == nil ? options.model : nil, tools: tools)
        let ticket: TurnTicket
        do {
            try runtime.checkOpen()
            ticket = try await runtime.directory.withSession(fork, .awake) {
                try await $0.start(
                    others + recorded.messages,
                    request: nil,
                    acceptance: .storedSoon,
                    listener: nil,
                    conditions: conditions,
                    work: runtime.work
                )
            }
        } catch let error as RuntimeError where !error.endsRerun {
            step.rerun = RerunOutcome(status: "refused", error: error.message)
            return
        }
        await withTaskCancellationHandler {
            _ = await ticket.result
        } onCancel: {
            ticket.task.cancel()
        }
        try Task.checkCancellation()
        step.unrecordedCalls = tools?.unrecorded ?? []
        step.note = tools?.problem
        let own = try await repetition.first { if case .turn(ticket.turn) = $0 { true } else { false } }
        compare(recorded, with: own, &step)
    }

    // MARK: Webhooks and jobs

    private func repeatHandler(
        _ recorded: RecordedStep,
        _ step: inout RerunStep,
        _ repetition: inout JournalSteps
    ) async throws {
        do {
            switch recorded.input {
            case .hook where options.keepsHooksDry:
                try await repeatChanges(of: recorded, &step)
            case .hook(let name, let id):
                let exchange: Exchange
                do { exchange = try await runtime.exchange(id) } catch let error as RuntimeError
                    where error == .exchangeNotFound(id)
                {
                    (step.note, step.isLost) = ("Its request is no longer kept.", true)
                    return
                }
                step.recorded.body = exchange.response?.body
                let target = HookTarget(session: fork.session, why: "Repeated by a rerun of \(source.session).")
                let request = try HookRequest(exchange.request)
                let reply = try await runtime.handleHook(name, of: agent, request, into: target, replayOf: id)
                let own = try await repetition.first {
                    if case .hook(_, reply.exchange.id) = $0 { true } else { false }
                }
                compare(recorded, with: own, &step)
                step.rerun?.body = reply.exchange.response?.body?.naming(source.session, insteadOf: fork.session)
            case .tick(let name):
                guard let job = agent.job(name) else { return }
                let scheduled = runtime.time.now
                try await runtime.directory.withSession(fork, .awake) {
                    await $0.tick(job, scheduled: scheduled, by: .hand, isAwaited: true)
                }
                let own = try await repetition.first { if case .tick(name) = $0 { true } else { false } }
                compare(recorded, with: own, &step)
            case .turn, .change: break
            }
        } catch let error as RuntimeError where !error.endsRerun {
            step.rerun = RerunOutcome(status: "refused", error: error.message)
        }
    }

    /// A webhook that is not run: the state changes as it did.
    private func repeatChanges(of recorded: RecordedStep, _ step: inout RerunStep) async throws {
        step.note = "It was not run; what it changed was repeated."
        let changes = JSONPatch(recorded.changes.flatMap(\.steps))
        guard !changes.isEmpty else { return }
        do {
            _ = try await runtime.edit(fork, SessionEdit(state: changes), expect: nil, by: author)
        } catch let error as RuntimeError where !error.endsRerun {
            step.note = "It was not run, and what it changed does not fit: \(error.message)"
        }
    }

    private func compare(_ recorded: RecordedStep, with own: RecordedStep?, _ step: inout RerunStep) {
        guard let own else {
            step.rerun = RerunOutcome(status: "unknown", error: "The fork's journal has no record of it.")
            return
        }
        step.rerun = own.outcome
        step.stateChanges = JSONPatch(from: recorded.state, to: own.state)
    }
}

extension RecordedStep {
    /// Whether it is a turn that ended without an answer, whose messages stayed in the context.
    fileprivate var keepsMessages: Bool {
        guard case .turn = input else { return false }
        return [TurnResult.Status.superseded.rawValue, TurnResult.Status.cancelled.rawValue].contains(outcome.status)
    }
}

extension RuntimeError {
    /// Whether nothing more can be repeated.
    fileprivate var endsRerun: Bool {
        ["shutting_down", "session_ended", "session_gone", "session_not_found", "session_moved"].contains(code)
    }
}

extension JSON {
    fileprivate func replacing(_ text: String, with other: String) -> JSON {
        switch self {
        case .string(let value) where value.isExactly(text): .string(other)
        case .array(let items): .array(items.map { $0.replacing(text, with: other) })
        case .object(let members):
            .object(JSON.Object(members.map { ($0.name, $0.value.replacing(text, with: other)) }))
        default: self
        }
    }
}

extension RecordedBody {
    /// The same, with another session's id wherever a JSON body names this one.
    fileprivate func naming(_ session: String, insteadOf other: String) -> RecordedBody {
        encoding == .json ? RecordedBody(value.replacing(other, with: session), .json) : self
    }
}
