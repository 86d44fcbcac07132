internal import MagmaRuntime
internal import Postgres
internal import Synchronization

/// What is known of this process among those that use the database, as its last renewal found it; asked without waiting.
final class NodeMembership: Sendable {
    private struct State {
        /// Of this start, in `nodes`.
        var number: Int64?
        /// By the clock of ``NodeMembership/now``.
        var lease: NodeLease?
        /// Why there is none.
        var problem: RuntimeError?
        /// All that are there, the eldest first.
        var living: [LivingNode] = []
        /// Milliseconds by which the database's clock is ahead.
        var clockOffset = 0.0
        /// What the others call it.
        var name: String?
    }

    private let database: String
    private let state = Mutex(State())

    /// - Parameter database: its name, for errors.
    init(of database: String) { self.database = database }

    /// - Parameters:
    ///   - number: `nil` when others have taken over.
    ///   - living: see ``NodeStatements/living``.
    ///   - clock: this machine's, in milliseconds since 1970.
    /// - Returns: whether one of the others is gone.
    func set(
        _ number: Int64?,
        _ lease: NodeLease,
        _ problem: RuntimeError?,
        living: Rows,
        at clock: Double
    ) -> Bool {
        let nodes = living.compactMap { LivingNode($0) }
        let ahead = living.first?[3].flatMap(Double.init).map { $0 - clock }.flatMap { $0.isFinite ? $0 : nil }
        return state.withLock { state in
            let before = Set(state.living.map(\.number))
            (state.number, state.lease, state.problem) = (number, lease, problem)
            // While this process is out, the others host what they have hosted.
            if number != nil { state.living = nodes }
            if let ahead { state.clockOffset = ahead }
            return number != nil && !before.isSubset(of: nodes.map(\.number))
        }
    }

    func announce(_ name: String) { state.withLock { $0.name = name } }

    /// This start's number in `nodes`; `nil` when others have taken over.
    var number: Int64? { state.withLock(\.number) }

    /// - Throws: ``RuntimeError`` `store_lease_lost`.
    func joined() throws -> Int64 {
        let (number, problem) = state.withLock { ($0.number, $0.problem) }
        guard let number else { throw problem ?? .noLease(database) }
        return number
    }

    /// Whether trying again may help: the lease goes on.
    var isUp: Bool { state.withLock { $0.lease?.isHeld(at: Self.now) ?? false } }

    /// Whether it does what only one of them need do: the one that has been there for longest.
    var isEldest: Bool { state.withLock { $0.number != nil && $0.living.first?.number == $0.number } }

    var hasOthers: Bool { state.withLock { $0.living.count > 1 } }

    /// What the others call it.
    var announcedName: String? { state.withLock(\.name) }

    var clockOffset: Double { state.withLock(\.clockOffset) }

    /// The shards of an agent's sleeping sessions that this process is to tick.
    func shards(of agent: String) -> [Int64] {
        let (number, living) = state.withLock { ($0.number, $0.living) }
        return number.map { NodeShards(living).shards(of: agent, at: $0) } ?? []
    }

    /// Where another process hosts an agent.
    func host(of agent: String, for session: String) -> String? {
        let (number, living) = state.withLock { ($0.number, $0.living) }
        return NodeShards(living).host(of: agent, for: session, besides: number)?.address
    }

    /// Why nothing can be written now.
    var problem: RuntimeError? {
        let (problem, isUp) = (state.withLock(\.problem), isUp)
        return problem ?? (isUp ? nil : .noLease(database))
    }

    /// Milliseconds that go on while the machine sleeps.
    static var now: Int64 {
        let passed = start.duration(to: .now).components
        return passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000
    }

    private static let start = ContinuousClock.now
}
