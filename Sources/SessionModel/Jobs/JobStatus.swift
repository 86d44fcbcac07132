/// A job of an agent or of one of its sessions, with its status.
package struct JobStatus: Sendable, Hashable {
    package var job: String
    package var agent: String
    package var isStatic: Bool
    package var schedule: String
    package var timezone: String
    /// The schedule in words.
    package var words: String
    package var next: Int64?
    package var paused: Bool
    /// The last runs, newest first.
    package var last: [Tick]

    package init(
        job: String,
        agent: String,
        isStatic: Bool,
        schedule: String,
        timezone: String,
        words: String,
        next: Int64?,
        paused: Bool,
        last: [Tick]
    ) {
        self.job = job
        self.agent = agent
        self.isStatic = isStatic
        self.schedule = schedule
        self.timezone = timezone
        self.words = words
        self.next = next
        self.paused = paused
        self.last = last
    }
}
