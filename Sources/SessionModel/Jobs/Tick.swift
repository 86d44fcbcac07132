/// One run of a job.
package struct Tick: Sendable, Hashable {
    package var job: String
    /// `nil` for a static job.
    package var session: String?
    package var scheduled: Int64
    package var started: Int64?
    package var finished: Int64?
    package var status: TickStatus
    package var error: String?
    /// The `seq` of the event that says it started, or was missed.
    package var seq: Int?

    package init(
        job: String,
        session: String?,
        scheduled: Int64,
        started: Int64? = nil,
        finished: Int64? = nil,
        status: TickStatus,
        error: String? = nil,
        seq: Int? = nil
    ) {
        self.job = job
        self.session = session
        self.scheduled = scheduled
        self.started = started
        self.finished = finished
        self.status = status
        self.error = error
        self.seq = seq
    }
}
