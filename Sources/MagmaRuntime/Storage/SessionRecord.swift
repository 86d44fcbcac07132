package import SessionModel

/// What is known of a session without reading its journal: how it is listed, and what waking it needs to know.
package struct SessionRecord: Sendable, Hashable {
    package var summary: SessionSummary
    /// For filters; `{}` where it is too large to be kept twice.
    package var state: JSON
    package var pausedJobs: [String]
    /// Turns that were accepted and have not finished: a runtime that finds some when it wakes the session knows that
    /// they were interrupted.
    package var openTurns: [String]
    /// The same for hooks: the event of their receipt.
    package var openHooks: [Int]
    /// When each job's newest run was due that began or was missed.
    package var ticked: [String: Int64]
    /// When it was last stored, in milliseconds since 1970.
    package var written: Int64

    package init(
        summary: SessionSummary,
        state: JSON,
        pausedJobs: [String],
        openTurns: [String] = [],
        openHooks: [Int] = [],
        ticked: [String: Int64] = [:],
        written: Int64 = 0
    ) {
        self.summary = summary
        self.state = state
        self.pausedJobs = pausedJobs
        self.openTurns = openTurns
        self.openHooks = openHooks
        self.ticked = ticked
        self.written = written
    }

    /// Whether a runtime that went away left something in the middle.
    package var isInterrupted: Bool { !openTurns.isEmpty || !openHooks.isEmpty }

    package var entry: SessionEntry { SessionEntry(summary: summary, state: state, pausedJobs: pausedJobs) }
}
