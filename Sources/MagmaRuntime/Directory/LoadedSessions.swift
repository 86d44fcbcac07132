internal import SessionModel

/// Tracks the sessions in memory, their borrowers, and the reserved keys. Pure: the directory protects it
/// with its lock.
struct LoadedSessions<Member: AnyObject & Sendable>: Sendable {
    /// What is at a key.
    enum Place: Sendable {
        case member(Member)
        /// The key is being given to a session; when the promise is kept, ask again.
        case reserved(Promise<Void, Never>)
        case nobody
    }

    private struct Loaded: Sendable {
        let member: Member
        /// The uptime at which someone last used it; a tick or a look at the list is no use.
        var used: Double
        /// How many use it now.
        var borrowers = 0
    }

    private var loaded: [SessionKey: Loaded] = [:]
    private var reserved: [SessionKey: Promise<Void, Never>] = [:]
    /// Those that were read from the store to be looked at.
    private var viewed: Set<SessionKey> = []
    /// Those that were let go while they were awake, since something of them could not be stored.
    private var evicted: Set<SessionKey> = []

    var count: Int { loaded.count }
    var all: [Member] { loaded.values.map(\.member) }

    func members(of agent: String) -> [Member] {
        loaded.lazy.filter { $0.key.agent == agent }.map(\.value.member)
    }

    subscript(key: SessionKey) -> Member? { loaded[key]?.member }

    /// Takes the member of a key for a while, so that it stays; made by `make` when there is none.
    ///
    /// - Parameter now: the uptime, when this counts as use.
    mutating func borrow(_ key: SessionKey, at now: Double?, make: (() -> Member)?) -> Place {
        // By index, so that the key is looked up once.
        if let place = loaded.index(forKey: key) {
            loaded.values[place].borrowers += 1
            if let now { loaded.values[place].used = now }
            return .member(loaded.values[place].member)
        }
        if let promise = reserved[key] { return .reserved(promise) }
        guard let make else { return .nobody }
        let member = make()
        loaded[key] = Loaded(member: member, used: now ?? -.infinity, borrowers: 1)
        return .member(member)
    }

    /// Gives back what was borrowed, if it is still there.
    mutating func giveBack(_ member: Member, of key: SessionKey) {
        guard let place = loaded.index(forKey: key), loaded.values[place].member === member else { return }
        loaded.values[place].borrowers -= 1
    }

    /// Keeps everyone from a key that no member has, until ``release(_:)``.
    ///
    /// - Returns: what is there; `nobody` when it is now reserved.
    mutating func reserve(_ key: SessionKey) -> Place {
        if let member = loaded[key]?.member { return .member(member) }
        if let promise = reserved[key] { return .reserved(promise) }
        reserved[key] = Promise()
        return .nobody
    }

    mutating func release(_ key: SessionKey) { reserved.removeValue(forKey: key)?.finish(.success(())) }

    /// Takes a member out, if it is still the one of its key.
    mutating func remove(_ member: Member, of key: SessionKey) {
        if loaded[key]?.member === member { loaded[key] = nil }
    }

    /// Whether nobody uses it, or has since that uptime.
    func isUnused(_ key: SessionKey, since time: Double) -> Bool {
        loaded[key].map { $0.used <= time && $0.borrowers == 0 } ?? true
    }

    mutating func markEvicted(_ key: SessionKey) { evicted.insert(key) }

    /// Whether it was let go so; also when it has come back a moment ago.
    func isEvicted(_ key: SessionKey) -> Bool { !evicted.isEmpty && evicted.contains(key) }

    mutating func forgetEvicted(_ keys: [SessionKey]) { evicted.subtract(keys) }

    /// Those of an agent that have not come back; those that have are forgotten.
    mutating func takeEvicted(of agent: String) -> [SessionKey] {
        guard !evicted.isEmpty else { return [] }
        evicted = evicted.filter { loaded[$0] == nil }
        return evicted.filter { $0.agent == agent }
    }

    mutating func markViewed(_ key: SessionKey) { viewed.insert(key) }

    /// Those that were marked since the last call and are still here.
    mutating func takeViewed() -> [Member] {
        defer { viewed = [] }
        return viewed.compactMap { loaded[$0]?.member }
    }
}
