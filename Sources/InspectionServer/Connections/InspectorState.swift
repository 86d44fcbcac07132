internal import Inspection
internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// What one connected inspector has open: its watches and attachments, by id.
final class InspectorState: Sendable {
    /// How many watches and attachments one connection may have.
    static let maximumOpen = 64

    private struct State {
        var sessionWatches: [String: SessionsWatch] = [:]
        var attachments: [String: any OpenAttachment] = [:]
        var hookWatches: [String: HooksWatch] = [:]
        var imports: [String: CapsuleImport] = [:]
        var exports: Set<String> = []
        var reruns: [String: WatchLifetime] = [:]

        var open: Int {
            sessionWatches.count + attachments.count + hookWatches.count + imports.count + exports.count
                + reruns.count
        }
        var watchesStats = false
        var count = 0
    }

    /// The token's name, as journals say it.
    let name: String
    let role: Role
    /// Whether another process asks for it, which keeps the audit log of what it does.
    let isForwarded: Bool
    private let state = Mutex(State())

    init(name: String, role: Role, isForwarded: Bool = false) {
        self.name = name
        self.role = role
        self.isForwarded = isForwarded
    }

    func open(_ watch: SessionsWatch) throws(RPCError) { try add { $0.sessionWatches[watch.id] = watch } }
    func open(_ watch: HooksWatch) throws(RPCError) { try add { $0.hookWatches[watch.id] = watch } }
    func open(_ attachment: any OpenAttachment) throws(RPCError) {
        try add { $0.attachments[attachment.id] = attachment }
    }

    /// - Throws: `RPCError` `too_many_open`: others may have been opened since the id was given.
    private func add(_ change: (inout State) -> Void) throws(RPCError) {
        let isAdded = state.withLock { state in
            guard state.open < Self.maximumOpen else { return false }
            change(&state)
            return true
        }
        if !isAdded { throw Self.tooManyOpen }
    }

    private static let tooManyOpen = RPCError.failed(
        "too_many_open",
        "This connection has \(maximumOpen) watches and attachments open.",
        hint: "Close some."
    )

    /// The id of an import that goes on.
    ///
    /// - Throws: `RPCError` `too_many_open`.
    func open(_ reader: CapsuleImport) throws(RPCError) -> String {
        let id = try newID("i")
        state.withLock { $0.imports[id] = reader }
        return id
    }

    /// Exports of one connection at the same time.
    private static let mostExports = 2

    /// The id of an export that goes on until ``close(exporting:)``.
    ///
    /// - Throws: `RPCError` `too_many_open`.
    func openExport() throws(RPCError) -> String {
        let id = try newID("x")
        let isOpen = state.withLock { state in
            guard state.exports.count < Self.mostExports else { return false }
            state.exports.insert(id)
            return true
        }
        guard isOpen else {
            throw .failed(
                "too_many_open",
                "This connection has \(Self.mostExports) exports under way.",
                hint: "Wait until one ends, or stop one."
            )
        }
        return id
    }

    /// Whether an export goes on.
    func isOpen(exporting id: String) -> Bool { state.withLock { $0.exports.contains(id) } }

    /// Whether it went on until now.
    @discardableResult
    func close(exporting id: String) -> Bool { state.withLock { $0.exports.remove(id) != nil } }

    /// Reruns of one connection at the same time.
    private static let mostReruns = 8

    /// The id of a rerun that goes on until it is done or ``close(rerunning:)`` stops it.
    ///
    /// - Throws: `RPCError` `too_many_open`.
    func openRerun() throws(RPCError) -> (id: String, lifetime: WatchLifetime) {
        let id = try newID("r")
        let lifetime = WatchLifetime()
        let isOpen = state.withLock { state in
            guard state.reruns.count < Self.mostReruns else { return false }
            state.reruns[id] = lifetime
            return true
        }
        guard isOpen else {
            throw .failed(
                "too_many_open",
                "This connection has \(Self.mostReruns) reruns under way.",
                hint: "Wait until one ends, or stop one."
            )
        }
        return (id, lifetime)
    }

    /// Stops a rerun.
    ///
    /// - Returns: whether it went on until now.
    @discardableResult
    func close(rerunning id: String) -> Bool {
        guard let lifetime = state.withLock({ $0.reruns.removeValue(forKey: id) }) else { return false }
        lifetime.close()
        return true
    }

    func capsuleImport(_ id: String) throws(RPCError) -> CapsuleImport {
        guard let reader = state.withLock({ $0.imports[id] }) else { throw Self.unknown("import", id) }
        return reader
    }

    func close(importing id: String) { state.withLock { _ = $0.imports.removeValue(forKey: id) } }

    /// Forgets imports that were not finished.
    func abandonImports() async {
        let left = state.withLock { state in
            defer { state.imports = [:] }
            return Array(state.imports.values)
        }
        for reader in left { await reader.abandon() }
    }

    func sessionsWatch(_ id: String) throws(RPCError) -> SessionsWatch {
        guard let watch = state.withLock({ $0.sessionWatches[id] }) else { throw Self.unknown("watch", id) }
        return watch
    }

    func close(watch id: String) throws(RPCError) {
        let closed = state.withLock { state in
            if let watch = state.sessionWatches.removeValue(forKey: id) {
                watch.close()
                return true
            }
            guard let watch = state.hookWatches.removeValue(forKey: id) else { return false }
            watch.close()
            return true
        }
        guard closed else { throw Self.unknown("watch", id) }
    }

    func close(attachment id: String) throws(RPCError) {
        guard let attachment = state.withLock({ $0.attachments.removeValue(forKey: id) }) else {
            throw Self.unknown("attachment", id)
        }
        attachment.close()
    }

    /// Whether this is the first time that the numbers are watched.
    func watchStats() -> Bool {
        state.withLock { state in
            defer { state.watchesStats = true }
            return !state.watchesStats
        }
    }

    /// A new id such as `w3`.
    ///
    /// - Throws: `RPCError` `too_many_open`.
    func newID(_ prefix: String) throws(RPCError) -> String {
        let id = state.withLock { state -> String? in
            guard state.open < Self.maximumOpen else { return nil }
            state.count += 1
            return "\(prefix)\(state.count)"
        }
        guard let id else { throw Self.tooManyOpen }
        return id
    }

    static func unknown(_ what: String, _ id: String) -> RPCError {
        .notFound("\(what)_not_found", "There is no \(what) '\(id.prefix(bytes: 40))' on this connection.")
    }
}
