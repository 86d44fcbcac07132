import TestSupport

@testable import PostgresStore

/// Some nodes, one database and all that goes wrong between them, in an order that a seed decides.
///
/// The nodes' leases are kept by the ``NodeLease`` that real nodes have; the rest of a node is the model below. Statements
/// begin, take effect and are answered at different moments; any of the three may never come.
struct World {
    enum Call {
        case join
        case renew(Int)
        case claim(session: Int, node: Int)
        case read(session: Int, node: Int, epoch: Int)
        case append(ModelDatabase.Event, session: Int, after: Int)
        case release(session: Int, node: Int, epoch: Int)
    }

    enum Answer {
        case number(Int)
        case isGiven(Bool)
        case claimed(epoch: Int)
        case refused
        case journal([ModelDatabase.Event])
        case isStored(Bool)
    }

    /// A call as its node remembers it. What was given up is not heard when it is answered after all: the connection
    /// that it was sent by is closed.
    struct Sent {
        let call: Call
        let number: Int
        let node: Int
        let life: Int
        /// The server that it was sent to: after a crash there is another.
        let server: Int
        /// By the node's clock.
        let time: Int64
    }

    enum Happening {
        case beat(node: Int, life: Int)
        /// A client asks something of a session there.
        case request(node: Int, session: Int)
        case begin(Sent)
        case effect(Sent, ModelDatabase.Snapshot)
        case answer(Answer, Sent)
        case giveUp(Sent)
        case mishap
    }

    /// What a node has of a session.
    struct Place {
        var epoch: Int
        var owner: Int
        var journal: [ModelDatabase.Event]?
        var isWriting: ModelDatabase.Event?
    }

    struct ModelNode {
        /// Counts its processes: what was sent to one is nothing to the next.
        var life = 0
        var lease = NodeLease(length: World.lease)
        var number: Int?
        var places: [Int: Place] = [:]
        var claiming: Set<Int> = []
        /// Calls that are not answered.
        var waiting: Set<Int> = []
        var isCutOff = false
        var stoppedUntil: Int64 = 0
        /// Its clock: so much ahead, and so many thousandths as fast.
        var ahead: Int64
        var pace: Int64

        func clock(_ now: Int64) -> Int64 { now * pace / 1000 + ahead }
    }

    static let lease: Int64 = 1000
    static let sessions = 4
    static let every: Int64 = 1500

    var random: Seeded
    var now: Int64 = 0
    var database: ModelDatabase
    var server = 0
    /// What a crash of the server would leave, if that is not everything.
    var durable: ModelDatabase?
    var nodes: [ModelNode] = []
    var queue = EventQueue<Happening>()
    var events = 0
    var calls = 0
    var acknowledged: [(session: Int, seq: Int, id: Int)] = []
    var violations: [String] = []
    var mishaps = 0
    var isCalm = false

    init(seed: Int, nodes count: Int = 3, flaw: Flaw? = nil) {
        random = Seeded(UInt64(seed))
        database = ModelDatabase(flaw: flaw)
        if flaw == .claimWithoutDisk || flaw == .renewWithoutDisk { durable = database }
        for number in 0..<count {
            let ahead = Int64.random(in: -100_000...100_000, using: &random)
            let pace = Int64.random(in: 960...1040, using: &random)
            nodes.append(ModelNode(ahead: ahead, pace: pace))
            queue.add(.beat(node: number, life: 0), at: 0)
            queue.add(.request(node: number, session: 0), at: 1)
        }
        queue.add(.mishap, at: 2000)
    }

    /// Appends that were acknowledged.
    var acknowledgements: Int { acknowledged.count }

    /// Lets things happen, and go wrong, for that many milliseconds; then all is well for as long as it takes.
    mutating func run(for time: Int64) {
        go(until: time)
        isCalm = true
        for node in nodes.indices { nodes[node].isCutOff = false }
        let before = (0..<Self.sessions).map { database.journal(of: $0).count }
        go(until: time + 30_000)
        violations += database.violations
        guard violations.isEmpty else { return }
        for session in 0..<Self.sessions where database.journal(of: session).count <= before[session] {
            violations.append("Session \(session) came to a standstill.")
        }
        for item in acknowledged where !isKept(item) { violations.append("An acknowledged event is gone.") }
    }

    func isKept(_ item: (session: Int, seq: Int, id: Int)) -> Bool {
        let journal = database.journal(of: item.session)
        return item.seq < journal.count && journal[item.seq].id == item.id
    }

    mutating func go(until end: Int64) {
        while let (time, happening) = queue.next(before: end), violations.isEmpty, database.violations.isEmpty {
            now = max(now, time)
            handle(happening)
            checkOwners()
        }
        now = end
    }

    /// Of the nodes that could act now, one at most believes that a session is its own.
    mutating func checkOwners() {
        var owners = [Int?](repeating: nil, count: Self.sessions)
        for (number, node) in nodes.enumerated()
        where node.stoppedUntil <= now && node.lease.isHeld(at: node.clock(now)) {
            for session in node.places.keys {
                if let other = owners[session] {
                    violations.append("Nodes \(other) and \(number) both act for session \(session).")
                }
                owners[session] = number
            }
        }
    }

    // MARK: What happens

    mutating func handle(_ happening: Happening) {
        switch happening {
        case .beat(let node, let life): onNode(node, life, happening) { $0.beat(node) }
        case .request(let node, let session):
            onNode(node, nodes[node].life, happening) { $0.request(session, at: node) }
        case .begin(let sent):
            guard sent.server == server else { return }
            queue.add(.effect(sent, database.nodes), at: now + random.delay())
        case .effect(let sent, let snapshot):
            guard sent.server == server else { return }
            let answer = effect(of: sent.call, snapshot)
            guard !isLost(sent.node) else { return }
            queue.add(.answer(answer, sent), at: now + random.delay())
        case .answer(let answer, let sent):
            onNode(sent.node, sent.life, happening) { world in
                guard world.nodes[sent.node].waiting.remove(sent.number) != nil else { return }
                world.take(answer, to: sent.call, at: sent.node, askedAt: sent.time)
            }
        case .giveUp(let sent):
            onNode(sent.node, sent.life, happening) { world in
                guard world.nodes[sent.node].waiting.remove(sent.number) != nil else { return }
                world.giveUp(sent.call, at: sent.node, askedAt: sent.time)
            }
        case .mishap: mishap()
        }
    }

    /// Does it when the node can, if it is still that process.
    mutating func onNode(_ node: Int, _ life: Int, _ happening: Happening, _ work: (inout World) -> Void) {
        guard nodes[node].life == life else { return }
        if nodes[node].stoppedUntil > now { queue.add(happening, at: nodes[node].stoppedUntil) } else { work(&self) }
    }

    mutating func isLost(_ node: Int) -> Bool { nodes[node].isCutOff || (!isCalm && random.happens(0.005)) }

    mutating func send(_ call: Call, from node: Int) {
        calls += 1
        nodes[node].waiting.insert(calls)
        let sent = Sent(
            call: call,
            number: calls,
            node: node,
            life: nodes[node].life,
            server: server,
            time: nodes[node].clock(now)
        )
        queue.add(.giveUp(sent), at: now + 400)
        guard !isLost(node) else { return }
        queue.add(.begin(sent), at: now + random.delay())
    }

    // MARK: What goes wrong

    mutating func mishap() {
        guard !isCalm else { return }
        mishaps += 1
        queue.add(.mishap, at: now + .random(in: 100...2500, using: &random))
        let node = Int.random(in: nodes.indices, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: nodes[node].stoppedUntil = now + .random(in: 100...4000, using: &random)
        case 1: kill(node)
        case 2: nodes[node].isCutOff.toggle()
        case 3: crash()
        default: nodes[node].ahead += .random(in: 0...50, using: &random)
        }
    }

    mutating func kill(_ node: Int) {
        nodes[node].life += 1
        nodes[node].lease = NodeLease(length: Self.lease)
        nodes[node].waiting = []
        drop(node)
        queue.add(.beat(node: node, life: nodes[node].life), at: now + random.delay())
    }
}

extension Seeded {
    mutating func happens(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    /// Milliseconds that something takes: mostly few, seldom very many.
    mutating func delay() -> Int64 {
        switch Int.random(in: 0..<100, using: &self) {
        case 0: .random(in: 200...3000, using: &self)
        case 1...9: .random(in: 10...200, using: &self)
        default: .random(in: 1...10, using: &self)
        }
    }
}
