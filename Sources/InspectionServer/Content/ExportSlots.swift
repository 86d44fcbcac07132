internal import Inspection
internal import Synchronization

/// Bounds how many sessions are exported in pieces at the same time: each may hold its largest event in memory for as long as
/// the inspector takes to read it.
final class ExportSlots: Sendable {
    static let most = 4
    /// How long an inspector may take to read one piece.
    static let patience = Duration.seconds(30)

    private let taken = Mutex(0)

    /// - Throws: `RPCError` `exports_full`.
    func take() throws(RPCError) {
        let isFull = taken.withLock { taken in
            guard taken < Self.most else { return true }
            taken += 1
            return false
        }
        guard isFull else { return }
        throw .failed(
            "exports_full",
            "\(Self.most) sessions are being exported.",
            hint: "Try again when one of them has ended."
        )
    }

    func giveBack() { taken.withLock { $0 -= 1 } }
}
