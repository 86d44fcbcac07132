internal import Postgres
internal import SessionModel

/// A process that is there.
struct LivingNode: Sendable, Hashable {
    let number: Int64
    let agents: [String]
    let isDraining: Bool
    /// How others reach it; empty when it has not said so.
    let address: String

    init(number: Int64, agents: [String], isDraining: Bool = false, address: String = "") {
        self.number = number
        self.agents = agents
        self.isDraining = isDraining
        self.address = address
    }

    init?(_ row: Rows.Row) {
        guard let number = row.int(0) else { return nil }
        let agents = row[1].flatMap { try? JSON(parsing: $0) }?.array ?? []
        self.init(number: number, agents: agents.compactMap(\.string), isDraining: row.bool(2), address: row[4] ?? "")
    }
}

/// Which process wakes sleeping sessions for their jobs: by rendezvous hashing, so that little moves when one comes or goes. Where
/// two processes differ in who is there, both may come to one session, and one of them gets it.
struct NodeShards {
    static let count: Int64 = 256

    private let living: [LivingNode]

    init(_ living: [LivingNode]) { self.living = living }

    /// - Parameter number: of the process that asks; it hosts the agent.
    func shards(of agent: String, at number: Int64) -> [Int64] {
        let hosts = living.filter { $0.agents.containsExactly(agent) && !$0.isDraining }.map(\.number)
        guard hosts.contains(number) else {
            // Alone it has them all, also before it has told its agents.
            return hosts.isEmpty ? Array(0..<Self.count) : []
        }
        return (0..<Self.count).filter { shard in
            hosts.max { Self.weight($0, shard) < Self.weight($1, shard) } == number
        }
    }

    /// One of the other processes that host an agent; the same for a session for as long as none comes or goes.
    func host(of agent: String, for session: String, besides number: Int64?) -> LivingNode? {
        let hosts = living.filter {
            $0.agents.containsExactly(agent) && !$0.isDraining && $0.number != number && !$0.address.isEmpty
        }
        // FNV-1a.
        let place = session.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return hosts.max {
            Self.weight($0.number, Int64(bitPattern: place)) < Self.weight($1.number, Int64(bitPattern: place))
        }
    }

    /// The finalizer of SplitMix64, which spreads neighbouring numbers.
    private static func weight(_ node: Int64, _ shard: Int64) -> UInt64 {
        var mixed = UInt64(bitPattern: node) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(bitPattern: shard)
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
