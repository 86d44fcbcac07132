/// A moment of a session: after one of its events, or where a snapshot was taken.
package enum Moment: Sendable, Hashable {
    case seq(Int)
    case snapshot(String)
}
