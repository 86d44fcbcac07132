/// What a process knows of its own lease. A pure value: it is told the time, and says what to do.
///
/// Times are milliseconds of a clock of this machine that only goes forward, also while the machine sleeps; the database
/// counts the lease by its own clock. A lease ends here before it ends there, since here it is counted from the moment it
/// was asked for, and a tenth shorter: so the two clocks never have to agree, they only have to be about equally fast.
struct NodeLease: Sendable, Hashable {
    enum Action: Sendable, Hashable {
        case nothing
        /// Ask for a row in `nodes`.
        case join
        /// Ask for more time.
        case renew
    }

    private enum Phase: Hashable {
        /// No row in `nodes` is this process's.
        case out
        /// Also when the time is over: until another process has said that this one is gone, it may have more.
        case joined(until: Int64)
    }

    /// Milliseconds that the database gives at a time.
    let length: Int64
    private var phase = Phase.out
    private var asked: Int64?

    init(length: Int64) { self.length = length }

    /// Whether this process may write, as far as it knows.
    func isHeld(at now: Int64) -> Bool { if case .joined(let until) = phase { now < until } else { false } }

    /// How often to call ``next(at:)``, in milliseconds.
    var pace: Int64 { max(1, length / 20) }

    /// What to do now. What it says must be answered by ``given(askedAt:)``, ``refused(askedAt:)`` or ``failed(askedAt:)``
    /// before it says anything else.
    mutating func next(at now: Int64) -> Action {
        guard asked == nil else { return .nothing }
        switch phase {
        case .joined(let until):
            guard until - now <= length / 2 else { return .nothing }
            asked = now
            return .renew
        case .out:
            asked = now
            return .join
        }
    }

    /// The database gave what was asked for at that time.
    mutating func given(askedAt time: Int64) {
        guard asked == time else { return }
        asked = nil
        phase = .joined(until: time + length - length / 10)
    }

    /// Another process has said that this one is gone.
    mutating func refused(askedAt time: Int64) {
        guard asked == time else { return }
        asked = nil
        phase = .out
    }

    /// The database did not answer.
    mutating func failed(askedAt time: Int64) {
        guard asked == time else { return }
        asked = nil
    }
}
