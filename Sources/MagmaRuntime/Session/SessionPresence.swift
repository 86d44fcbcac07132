internal import SessionModel

/// How a session is listed: its summary, what it is doing, and since when nothing has come to it. Pure.
struct SessionPresence: Sendable {
    var summary: SessionSummary
    /// The uptime of its last traffic.
    private(set) var used: Double
    /// The uptime at which a temporary session has had no traffic for its time.
    private(set) var ends: Double?
    /// What it does, the newest, and what else goes on, the newest last.
    private var activity: String?
    private var others: [String] = []
    /// The activity that its followers were last told.
    private var shown: String?

    /// Of a session that is made now.
    ///
    /// - Parameter retention: milliseconds that a temporary one lives without traffic.
    init(new summary: SessionSummary, uptime: Double, retention: Int64) {
        self.summary = summary
        used = uptime
        if summary.kind == .temporary {
            self.summary.times.expires = summary.times.created + retention
            ends = uptime + Double(retention)
        }
    }

    /// Of a session that the store has.
    init(stored summary: SessionSummary, now: Int64, uptime: Double) {
        self.summary = summary
        used = uptime - Double(max(0, now - summary.times.active))
        ends = summary.times.expires.map { uptime + Double($0 - now) }
    }

    /// Whether it does anything that is shown.
    var isBusy: Bool { activity != nil }

    /// Traffic: puts off a temporary session's end.
    mutating func touch(now: Int64, uptime: Double, retention: Int64) {
        summary.times.active = now
        used = uptime
        if summary.kind == .temporary, summary.status != .ended {
            summary.times.expires = now + retention
            ends = uptime + Double(retention)
        }
    }

    mutating func begin(_ activity: String) {
        if let current = self.activity { others.append(current) }
        self.activity = activity
        summary.doing = activity
    }

    mutating func finish(_ activity: String) {
        if self.activity == activity {
            self.activity = others.popLast()
            // Keeps no memory while there is no more than one.
            if others.isEmpty { others = [] }
        } else if let index = others.lastIndex(of: activity) {
            others.remove(at: index)
        }
        summary.doing = self.activity
    }

    /// It has ended; it stays listed until then.
    mutating func end(listedUntil expires: Int64?) {
        summary.status = .ended
        summary.doing = nil
        summary.times.expires = expires
    }

    /// Whether those who follow it have been told that it does something.
    var isShown: Bool { shown != nil }

    /// Whether its followers must be told a new activity; marks the activity as told.
    mutating func show() -> Bool {
        guard summary.doing != shown else { return false }
        shown = summary.doing
        return true
    }

    /// Trouble is over when the same kind of thing goes well again.
    mutating func recover(from kind: String) { if summary.trouble?.kind == kind { summary.trouble = nil } }

    /// The row that the list shows.
    mutating func row(_ fold: SessionFold, pausedJobs: [String]) -> SessionEntry {
        summary.seq = fold.seq
        summary.messages = fold.messages.count
        summary.paused = !pausedJobs.isEmpty
        return SessionEntry(summary: summary, state: fold.state, pausedJobs: pausedJobs, used: used, ends: ends)
    }
}
