internal import Foundation
internal import SessionModel

/// What the command line asked for.
struct Setup: Sendable {
    /// The runtime's name in the top line.
    let profile: String
    /// Where it is, as the command takes it.
    let address: String
    let zone: TimeZone
    /// The only agent to list; `nil` for all.
    let agent: String?
    /// Why read-only cannot be switched off; `nil` when it can.
    let readOnlyReason: String?
    /// Whether everything that changes something is refused, whatever the token may.
    var isReadOnly: Bool
    /// The session to open first; `nil` once it was found or nothing was asked for.
    var session: String?
    /// The keys that ``session`` may have and that the runtime has not answered for.
    var searched: Set<SessionKey> = []
}
