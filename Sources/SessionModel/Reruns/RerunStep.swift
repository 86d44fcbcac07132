/// What came to a session from outside, repeated in a fork of it: how it came out then, and how it comes out now.
package struct RerunStep: Sendable, Hashable {
    package enum Input: Sendable, Hashable {
        /// What the user wrote.
        case turn(text: String)
        case hook(name: String, exchange: String)
        case tick(job: String)
        /// An inspector's change of context or state, by its method; it is never repeated.
        case change(method: String)
    }

    package var input: Input
    /// Its first event in the recorded session.
    package var seq: Int
    package var recorded: RerunOutcome
    /// `nil` when it was not repeated.
    package var rerun: RerunOutcome?
    /// Why it was not repeated, or what of it could not be.
    package var note: String?
    /// Whether it should have been repeated, and could not be.
    package var isLost = false
    /// From the recorded state after the step to that of the fork.
    package var stateChanges: JSONPatch
    /// Calls of tools that had no recording to be answered from.
    package var unrecordedCalls: [ToolCall]
    /// In what it differs from the recording. Compared where nothing was redacted or cut.
    package var different: Set<Aspect> = []

    package init(input: Input, seq: Int, recorded: RerunOutcome) {
        self.input = input
        self.seq = seq
        self.recorded = recorded
        stateChanges = JSONPatch()
        unrecordedCalls = []
    }

    /// What can be compared.
    package enum Aspect: String, Sendable, CaseIterable { case replies, tools, state }

    /// Whether it came out the same as it did then. What was not repeated differs in nothing.
    package func isSame(_ aspect: Aspect) -> Bool { !different.contains(aspect) }

    /// Finds out in what it differs.
    package mutating func compare() {
        different = []
        guard let rerun else { return }
        guard !rerun.hasNotBegun else { return different = Set(Aspect.allCases) }
        if !recorded.status.isExactly(rerun.status) || !recorded.text.isExactly(rerun.text) {
            different.insert(.replies)
        }
        let hasSameCalls = recorded.tools.elementsEqual(rerun.tools) {
            $0.name.isExactly($1.name) && $0.arguments == $1.arguments
        }
        if !hasSameCalls { different.insert(.tools) }
        if !stateChanges.isEmpty { different.insert(.state) }
    }
}

/// How a turn, a webhook or a tick came out.
package struct RerunOutcome: Sendable, Hashable {
    /// The turn's or tick's status, or that of the HTTP answer; `refused` when it did not begin.
    package var status: String
    /// The text of the turn's last message.
    package var reply: String?
    /// Of the webhook's answer.
    package var body: RecordedBody?
    package var tools: [ToolCall]
    package var stopReason: StopReason?
    package var usage: Usage
    /// Milliseconds.
    package var duration: Double
    package var error: String?
    /// The last event of it; `nil` when it did not begin.
    package var seq: Int?

    package init(
        status: String,
        reply: String? = nil,
        tools: [ToolCall] = [],
        stopReason: StopReason? = nil,
        usage: Usage = Usage(),
        duration: Double = 0,
        error: String? = nil,
        seq: Int? = nil
    ) {
        self.status = status
        self.reply = reply
        self.tools = tools
        self.stopReason = stopReason
        self.usage = usage
        self.duration = duration
        self.error = error
        self.seq = seq
    }

    /// The reply, or the webhook's answer as a text.
    package var text: String? { reply ?? body.map { $0.value.string ?? $0.value.text } }

    /// The status of what did not begin, or left no record.
    package static let notBegun = ["refused", "unknown"]

    var hasNotBegun: Bool { Self.notBegun.contains { $0.isExactly(status) } }
}
