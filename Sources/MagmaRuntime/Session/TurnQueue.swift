internal import Magma

/// The turns of a session: which one runs, which wait, which a newer one has taken the place of, and which were accepted and
/// have not finished. Pure: the session carries out what it answers.
struct TurnQueue: Sendable {
    static let maximumWaiting = 64

    /// What becomes of a turn that comes.
    enum Admission: Sendable, Hashable {
        /// Nothing runs: go.
        case run
        /// Wait. Those turns no longer wait, and the running one (if named) is to be cancelled.
        case wait(superseding: [String], cancelling: String?)
        case refuse(Refusal)
    }

    enum Refusal: Sendable, Hashable { case busy, full }

    /// What a turn that was told to wait finds when it looks.
    enum Place: Sendable, Hashable { case running, waiting, lost }

    private(set) var running: String?
    private(set) var waiting: [String] = []
    private var superseded: Set<String> = []
    /// Accepted and not finished, in the order in which they came; a store remembers them, to know what a stop interrupted.
    private(set) var unfinished: [String]

    /// - Parameter unfinished: what the store remembers.
    init(unfinished: [String] = []) { self.unfinished = unfinished }

    mutating func enter(_ turn: String, policy: TurnPolicy) -> Admission {
        guard let current = running else {
            running = turn
            unfinished.append(turn)
            return .run
        }
        switch policy {
        case .interrupt:
            let displaced = waiting
            waiting = [turn]
            superseded.formUnion(displaced + [current])
            unfinished.append(turn)
            return .wait(superseding: displaced, cancelling: current)
        case .queue:
            guard waiting.count < Self.maximumWaiting else { return .refuse(.full) }
            waiting.append(turn)
            unfinished.append(turn)
            return .wait(superseding: [], cancelling: nil)
        case .reject: return .refuse(.busy)
        }
    }

    func place(of turn: String) -> Place {
        if running == turn { return .running }
        return waiting.contains(turn) ? .waiting : .lost
    }

    /// The running turn is done; the next one, if any, now runs.
    mutating func leave() -> String? {
        running = waiting.isEmpty ? nil : waiting.removeFirst()
        return running
    }

    /// Takes a turn out of those that wait; whether it was among them.
    mutating func withdraw(_ turn: String) -> Bool {
        guard let index = waiting.firstIndex(of: turn) else { return false }
        waiting.remove(at: index)
        return true
    }

    /// Whether a newer turn has taken its place.
    func isSuperseded(_ turn: String) -> Bool { superseded.contains(turn) }

    /// Nobody asks about the turn any more.
    mutating func forget(_ turn: String) { superseded.remove(turn) }

    /// The turn's end is recorded.
    mutating func finish(_ turn: String?) {
        unfinished.removeAll { $0 == turn }
        // Keeps no memory while nothing is under way.
        if unfinished.isEmpty { unfinished = [] }
    }

    /// All that a stop has interrupted is brought to an end.
    mutating func finishAll() { unfinished = [] }
}
