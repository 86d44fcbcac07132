@testable import PostgresStore

/// What a node does.
extension World {
    mutating func beat(_ node: Int) {
        queue.add(.beat(node: node, life: nodes[node].life), at: now + Self.lease / 20)
        switch nodes[node].lease.next(at: nodes[node].clock(now)) {
        case .nothing: break
        case .join: send(.join, from: node)
        case .renew: if let number = nodes[node].number { send(.renew(number), from: node) }
        }
    }

    mutating func drop(_ node: Int) {
        nodes[node].number = nil
        nodes[node].places = [:]
        nodes[node].claiming = []
    }

    mutating func request(_ session: Int, at node: Int) {
        let next = Int.random(in: 0..<Self.sessions, using: &random)
        queue.add(.request(node: node, session: next), at: now + .random(in: 5...60, using: &random))
        guard nodes[node].places[session] != nil else { return claim(session, at: node) }
        if random.happens(0.02) { release(session, at: node) } else { write(to: session, at: node) }
    }

    mutating func claim(_ session: Int, at node: Int) {
        guard let number = nodes[node].number, nodes[node].claiming.insert(session).inserted
        else { return }
        send(.claim(session: session, node: number), from: node)
    }

    /// Runs the tick that is due, or something else. A node that goes on after it was stopped does not look at the time first.
    mutating func write(to session: Int, at node: Int) {
        guard let place = nodes[node].places[session], let journal = place.journal, place.isWriting == nil else {
            return
        }
        let due = now / Self.every
        let isDue = due > 0 && due != journal.last { $0.due != nil }?.due
        events += 1
        let event = ModelDatabase.Event(
            id: events,
            parent: journal.last?.id,
            owner: place.owner,
            epoch: place.epoch,
            due: isDue ? due : nil
        )
        nodes[node].places[session]?.isWriting = event
        send(.append(event, session: session, after: journal.count), from: node)
    }

    mutating func release(_ session: Int, at node: Int) {
        guard let place = nodes[node].places[session], place.isWriting == nil else { return }
        nodes[node].places[session] = nil
        send(.release(session: session, node: place.owner, epoch: place.epoch), from: node)
    }

    mutating func take(_ answer: Answer, to call: Call, at node: Int, askedAt time: Int64) {
        switch (answer, call) {
        case (.number(let number), .join):
            guard nodes[node].number == nil else { return }
            nodes[node].number = number
            given(to: node, askedAt: time)
        case (.isGiven(true), .renew(let number)) where number == nodes[node].number: given(to: node, askedAt: time)
        case (.isGiven(false), .renew(let number)) where number == nodes[node].number:
            if database.flaw == .keepAfterBurial { return given(to: node, askedAt: time) }
            nodes[node].lease.refused(askedAt: time)
            drop(node)
        case (.claimed(let epoch), .claim(let session, let number)):
            guard number == nodes[node].number, nodes[node].claiming.remove(session) != nil else { return }
            nodes[node].places[session] = Place(epoch: epoch, owner: number)
            send(.read(session: session, node: number, epoch: epoch), from: node)
        case (.refused, .claim(let session, _)): nodes[node].claiming.remove(session)
        case (.journal(let journal), .read(let session, let number, let epoch)):
            guard nodes[node].places[session]?.epoch == epoch, nodes[node].places[session]?.owner == number,
                nodes[node].places[session]?.journal == nil
            else { return }
            nodes[node].places[session]?.journal = journal
        case (.isStored(let isStored), .append(let event, let session, let seq)):
            // It is known of the database's answer, whatever has become of the session here.
            if isStored { acknowledged.append((session, seq, event.id)) }
            guard nodes[node].places[session]?.isWriting == event else { return }
            nodes[node].places[session]?.isWriting = nil
            if isStored {
                nodes[node].places[session]?.journal?.append(event)
            } else {
                nodes[node].places[session] = nil
            }
        default: break
        }
    }

    mutating func given(to node: Int, askedAt time: Int64) {
        guard database.flaw == .leaseFromAnswer || database.flaw == .keepAfterBurial else {
            return nodes[node].lease.given(askedAt: time)
        }
        // A lease that says it was asked for just now.
        nodes[node].lease = NodeLease(length: Self.lease)
        let clock = nodes[node].clock(now)
        _ = nodes[node].lease.next(at: clock)
        nodes[node].lease.given(askedAt: clock)
    }

    /// What nobody has answered is asked again, or not.
    mutating func giveUp(_ call: Call, at node: Int, askedAt time: Int64) {
        switch call {
        case .join, .renew: nodes[node].lease.failed(askedAt: time)
        case .claim(let session, let number) where number == nodes[node].number: nodes[node].claiming.remove(session)
        case .read(let session, _, let epoch)
        where nodes[node].places[session]?.epoch == epoch && nodes[node].places[session]?.journal == nil:
            nodes[node].places[session] = nil
        case .append(let event, let session, _) where nodes[node].places[session]?.isWriting == event:
            send(call, from: node)
        default: break
        }
    }
}
