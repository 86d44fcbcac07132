package import Inspection
package import SessionModel

/// What the link tells the interface.
package enum LinkEvent: Sendable {
    case up
    /// Down since that moment; tries again at `retryAt`. Times are milliseconds since 1970.
    case down(reason: String, since: Int64, retryAt: Int64)
    case connecting
    /// The answer to the request of that id, and how long it took in milliseconds.
    case answer(Int, Result<JSON, RPCError>, roundTrip: Double)
    case notification(method: String, params: JSON)
}
