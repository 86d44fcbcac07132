/// A session as it is at the moment of attaching.
package struct SessionHead: Sendable, Hashable {
    package var summary: SessionSummary
    package var messages: [Message]
    /// Index into ``messages`` of the first one that the model sees.
    package var window: Int
    package var state: JSON
    /// For each field of the state, the `seq` that last changed it.
    package var blame: [ExactString: Int]
    package var jobs: [JobStatus]
    package var seq: Int

    package init(
        summary: SessionSummary,
        messages: [Message],
        window: Int,
        state: JSON,
        blame: [ExactString: Int],
        jobs: [JobStatus],
        seq: Int
    ) {
        self.summary = summary
        self.messages = messages
        self.window = window
        self.state = state
        self.blame = blame
        self.jobs = jobs
        self.seq = seq
    }
}
