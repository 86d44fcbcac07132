internal import Inspection
internal import SessionModel

/// How the link stands.
struct LinkStatus: Sendable {
    enum State: Sendable, Hashable {
        case connecting
        case up
        case down(reason: String, retryAt: Int64)
    }

    var state = State.connecting
    /// When it came into that state; of a link that was lost, when it was lost.
    var since: Int64 = 0
    /// Milliseconds of the last answer.
    var roundTrip: Double?
    /// Why the two do not understand each other.
    var problem: String?
    /// Milliseconds that the runtime's clock is ahead of this machine's.
    var clockOffset: Int64 = 0
    /// When the round trip was last asked for.
    var measured: Int64 = 0
    /// Whether the runtime has told something since.
    var hasNews = false
    /// What the runtime said of itself; `nil` until it has.
    var hello: Hello?
    var stats: RuntimeStats?

    var isUp: Bool { state == .up }
}
