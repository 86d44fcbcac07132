internal import Magma

/// Lets one turn of a session run at a time, by the agent's policy. Pure: the session carries out what it answers.
struct TurnGate {
    static let maximumWaiting = 64

    enum Admission: Equatable {
        /// Nothing runs: go.
        case run
        /// Wait; those turns are superseded, the running one (if named) by being cancelled.
        case wait(superseding: [String], cancelling: String?)
        case busy
        case full
    }

    private(set) var running: String?
    private(set) var waiting: [String] = []

    mutating func enter(_ turn: String, policy: TurnPolicy) -> Admission {
        guard let current = running else {
            running = turn
            return .run
        }
        switch policy {
        case .interrupt:
            let superseded = waiting
            waiting = [turn]
            return .wait(superseding: superseded, cancelling: current)
        case .queue:
            guard waiting.count < Self.maximumWaiting else { return .full }
            waiting.append(turn)
            return .wait(superseding: [], cancelling: nil)
        case .reject: return .busy
        }
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
}
