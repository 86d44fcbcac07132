@testable import PostgresStore

/// What calls do to the database.
extension World {
    mutating func effect(of call: Call, _ snapshot: ModelDatabase.Snapshot) -> Answer {
        switch call {
        case .join:
            let number = database.join(until: now + Self.lease)
            keep()
            return .number(number)
        case .renew(let number):
            let isGiven = database.renew(number, until: now + Self.lease)
            database.bury(at: now)
            if database.flaw != .renewWithoutDisk { keep() }
            return .isGiven(isGiven)
        case .claim(let session, let node):
            guard let claimed = database.claim(session, for: node, snapshot, at: now) else { return .refused }
            if database.flaw != .claimWithoutDisk { keep() }
            return .claimed(epoch: claimed.epoch)
        case .read(let session, _, _): return .journal(database.journal(of: session))
        case .append(let event, let session, let seq):
            let isStored = database.append(event, to: session, after: seq)
            if isStored { keep() }
            return .isStored(isStored)
        case .release(let session, let node, let epoch):
            database.release(session, by: node, epoch)
            return .refused
        }
    }

    /// Brings everything up to now to the server's disk.
    mutating func keep() { if durable != nil { durable = database } }

    mutating func crash() {
        server += 1
        if let durable { database.recover(from: durable) }
    }
}
