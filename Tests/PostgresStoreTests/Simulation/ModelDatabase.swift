/// A rule of the protocol that is left out, to see that the simulation notices.
enum Flaw: CaseIterable, Sendable {
    /// An append only shows where the journal ends.
    case appendWithoutEpoch
    /// A claim does not wait for the server's disk, and a crash of the server undoes it.
    case claimWithoutDisk
    /// The same of a renewal: the lease is then shorter than the node knows.
    case renewWithoutDisk
    /// A node that is not in the snapshot counts as dead.
    case missingIsDead
    /// A session is claimed when its owner's lease is over, though nobody has buried that node.
    case claimWithoutBurial
    /// A node counts its lease from when it was given.
    case leaseFromAnswer
    /// A node that is told that it was buried keeps its sessions.
    case keepAfterBurial
}

/// What the store's statements do to the tables, at a moment each.
struct ModelDatabase: Sendable {
    struct NodeRow: Sendable {
        var lease: Int64
        var isBuried = false
    }

    struct Event: Sendable, Hashable {
        let id: Int
        /// The event before it, as its writer knew the journal.
        let parent: Int?
        let owner: Int
        let epoch: Int
        /// Of a job that ticks: when it was due.
        let due: Int64?
    }

    struct SessionRow: Sendable {
        var owner: Int?
        var epoch = 0
        var journal: [Event] = []
    }

    /// What a statement saw when it began; rows that it waits for it sees as they are then.
    typealias Snapshot = [Int: NodeRow]

    let flaw: Flaw?
    private(set) var nodes: Snapshot = [:]
    private(set) var sessions: [Int: SessionRow] = [:]
    private(set) var violations: [String] = []
    private var numbers = 0

    init(flaw: Flaw?) { self.flaw = flaw }

    mutating func join(until lease: Int64) -> Int {
        numbers += 1
        nodes[numbers] = NodeRow(lease: lease)
        return numbers
    }

    mutating func renew(_ node: Int, until lease: Int64) -> Bool {
        guard nodes[node]?.isBuried == false else { return false }
        nodes[node]?.lease = lease
        return true
    }

    mutating func bury(at now: Int64) {
        for number in nodes.keys where nodes[number].map({ $0.lease < now }) ?? false { nodes[number]?.isBuried = true }
    }

    mutating func claim(_ session: Int, for node: Int, _ snapshot: Snapshot, at now: Int64) -> (epoch: Int, seq: Int)? {
        guard snapshot[node]?.isBuried == false else { return nil }
        var row = sessions[session] ?? SessionRow()
        if let owner = row.owner, owner != node {
            guard isDead(snapshot[owner], at: now) else { return nil }
            if nodes[owner]?.isBuried == false {
                violations.append("A session was taken from node \(owner), which lives.")
            }
        }
        row.owner = node
        row.epoch += 1
        sessions[session] = row
        return (row.epoch, row.journal.count)
    }

    private func isDead(_ row: NodeRow?, at now: Int64) -> Bool {
        switch flaw {
        case .missingIsDead: row?.isBuried ?? true
        case .claimWithoutBurial: row.map { $0.lease < now } ?? false
        default: row?.isBuried ?? false
        }
    }

    mutating func release(_ session: Int, by owner: Int, _ epoch: Int) {
        guard sessions[session]?.owner == owner, sessions[session]?.epoch == epoch else { return }
        sessions[session]?.owner = nil
    }

    func journal(of session: Int) -> [Event] { sessions[session]?.journal ?? [] }

    /// Whether the event is stored as the one after `seq` others, now or before.
    mutating func append(_ event: Event, to session: Int, after seq: Int) -> Bool {
        guard let row = sessions[session], mayAppend(event, to: row) else { return false }
        if row.journal.count == seq + 1, row.journal[seq].id == event.id { return true }
        guard row.journal.count == seq else { return false }
        check(event, against: row)
        sessions[session]?.journal.append(event)
        return true
    }

    private func mayAppend(_ event: Event, to row: SessionRow) -> Bool {
        flaw == .appendWithoutEpoch || (row.epoch == event.epoch && row.owner == event.owner)
    }

    private mutating func check(_ event: Event, against row: SessionRow) {
        if event.parent != row.journal.last?.id {
            violations.append("An event follows on one that its writer had not seen.")
        }
        if event.epoch != row.epoch || event.owner != row.owner {
            violations.append("A node wrote that was not the owner.")
        }
        if let due = event.due, due <= row.journal.last(where: { $0.due != nil })?.due ?? 0 {
            violations.append("A tick ran twice.")
        }
    }

    /// What a crash leaves: numbers that were given are not given again.
    mutating func recover(from durable: ModelDatabase) {
        let (numbers, violations) = (numbers, violations)
        self = durable
        self.numbers = numbers
        self.violations = violations
    }
}
