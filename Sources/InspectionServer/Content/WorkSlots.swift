internal import Inspection
internal import Synchronization

/// Bounds how much long work of one kind goes on at the same time, for all connections together.
final class WorkSlots: Sendable {
    /// How long an inspector may take to read one piece of what the work tells it.
    static let patience = Duration.seconds(30)

    private let most: Int
    private let refusal: RPCError
    private let taken = Mutex(0)

    private init(most: Int, refusal: RPCError) {
        self.most = most
        self.refusal = refusal
    }

    /// Exports in pieces: each may hold its largest event in memory for as long as the inspector takes to read it.
    static func exports() -> WorkSlots {
        let most = 4
        return WorkSlots(
            most: most,
            refusal: .failed(
                "exports_full",
                "\(most) sessions are being exported.",
                hint: "Try again when one of them has ended."
            )
        )
    }

    /// Reruns: each keeps a session busy.
    static func reruns() -> WorkSlots {
        let most = 16
        return WorkSlots(
            most: most,
            refusal: .failed(
                "reruns_full",
                "\(most) sessions are being rerun.",
                hint: "Try again when one of them has ended."
            )
        )
    }

    /// A place that is taken until it is given back, or nobody holds it any more.
    final class Place: Sendable {
        private let slots: WorkSlots
        private let isGivenBack = Atomic(false)

        fileprivate init(_ slots: WorkSlots) { self.slots = slots }

        func giveBack() {
            guard !isGivenBack.exchange(true, ordering: .relaxed) else { return }
            slots.taken.withLock { $0 -= 1 }
        }

        deinit { giveBack() }
    }

    /// - Throws: `RPCError` `exports_full`, `reruns_full`.
    func take() throws(RPCError) -> Place {
        let isFull = taken.withLock { taken in
            guard taken < most else { return true }
            taken += 1
            return false
        }
        if isFull { throw refusal }
        return Place(self)
    }
}
