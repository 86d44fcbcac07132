internal import Magma
package import SessionModel

/// Brings a capsule into the store as it comes in: what has come is kept apart until the whole of it is there, and then
/// becomes a session in one step.
package actor CapsuleImport {
    /// Bytes of one event, message or exchange.
    private static let partLimit = 64 << 20

    private let runtime: Runtime
    private let requested: String?
    private let staged: SessionKey
    private var splitter = JSONSplitter(limit: partLimit)
    private var head = JSON.Object()
    private var header: CapsuleHeader?
    private var journal = ImportedJournal()
    /// Bytes that this import has of what all may hold.
    private var held = 0
    private var snapshots: [Snapshot] = []
    /// New ids of exchanges whose own are taken here.
    private var renamedExchanges: [ExactString: String] = [:]
    private var isOver = false
    private var isWhole = false

    /// - Parameter id: under which the session is to be; `nil` for its own.
    package init(_ runtime: Runtime, as id: String?) {
        self.runtime = runtime
        requested = id
        staged = SessionKey(
            agent: SessionKey.stagingAgent,
            session: runtime.services.ids.ulid(at: runtime.time.now)
        )
    }

    /// Reads on; how many events have been read.
    ///
    /// - Throws: ``RuntimeError`` that says what is wrong; then nothing of the capsule is kept.
    package func read(_ text: String) async throws -> Int {
        guard !isOver else { throw RuntimeError.capsule("its import is over") }
        do {
            var pieces: [JSONSplitter.Piece] = []
            do { try splitter.read(text) { pieces.append($0) } } catch { throw RuntimeError.capsule("\(error)") }
            try hold(splitter.held)
            for piece in pieces { try await take(piece) }
            return journal.counted
        } catch {
            await abandon()
            throw error
        }
    }

    /// Reads a capsule that is there as a whole, in whatever order its members are.
    package func read(_ capsule: JSON) async throws {
        guard let members = capsule.object else { throw RuntimeError.capsule("it is no JSON object") }
        let lists = ["exchanges", "snapshots", "events"]
        do {
            for (name, value) in members where !lists.contains(name) && name != "base" { head[name] = value }
            if let base = members["base"] { try await take(.member("base", base)) }
            for name in lists {
                guard let items = (members[name] ?? []).array else {
                    throw RuntimeError.capsule("'\(name)' must be an array")
                }
                for item in items { try await take(.item(name, item)) }
            }
            isWhole = true
        } catch {
            await abandon()
            throw error
        }
    }

    /// Makes a session of it.
    ///
    /// - Returns: its key.
    package func finish() async throws -> SessionKey {
        guard !isOver else { throw RuntimeError.capsule("its import is over") }
        isOver = true
        do {
            guard splitter.isComplete || isWhole else { throw RuntimeError.capsule("it ends in the middle") }
            let header = try await begun()
            let key = try key(header)
            try await runtime.directory.withReserved(key) { try await self.finish(header, as: key) }
            try hold(0)
            await release()
            return key
        } catch {
            await forget()
            throw error
        }
    }

    private func finish(_ header: CapsuleHeader, as key: SessionKey) async throws {
        try await writePending()
        guard journal.counted == header.events else {
            throw RuntimeError.capsule("it holds \(journal.counted) events, not \(header.events)")
        }
        try await check(key.agent)
        var summary = header.summary(key)
        // What is in the future would keep it from going to sleep.
        summary.times.created = min(summary.times.created, runtime.time.now)
        summary.times.active = min(summary.times.active, runtime.time.now)
        summary.status = header.isEnded ? .ended : .asleep
        if summary.kind == .temporary {
            summary.times.expires = runtime.time.now + runtime.services.limits.sessions.temporary
        }
        if journal.counted >= 64 { try await write([], header.summary(staged), checkpoint: journal.fold) }
        for snapshot in snapshots { try await runtime.store.save(snapshot, of: staged) }
        try await runtime.store.rename(staged, to: key, as: record(summary))
    }

    /// Forgets what has come.
    package func abandon() async {
        guard !isOver else { return }
        isOver = true
        await forget()
    }

    private func forget() async {
        try? hold(0)
        try? await runtime.store.remove([staged])
        await release()
    }

    private func release() async {
        guard let held = journal.held else { return }
        journal.held = nil
        try? await runtime.store.release(held)
    }

    /// - Throws: ``RuntimeError`` `imports_full` when all imports together would hold too much.
    private func hold(_ bytes: Int) throws(RuntimeError) {
        guard runtime.imports.hold(bytes, insteadOf: held) else {
            throw RuntimeError(
                .tooMany,
                "imports_full",
                "Imports that are not finished hold \(ImportBudget.most >> 20) MB already; try again when one has ended."
            )
        }
        held = bytes
    }

    private func take(_ piece: JSONSplitter.Piece) async throws {
        switch piece {
        case .member("base", let json):
            try CapsuleNumbers.check(json, "'base'")
            guard let base = SessionFold(json: json) else { throw RuntimeError.capsule("'base' is no checkpoint") }
            let header = try await begun()
            try checkState(base.state)
            journal.begin(with: base)
            try await write([], header.summary(staged), checkpoint: base)
        case .member(let name, let json): head[name] = json
        case .item("exchanges", let json): try await takeExchange(json)
        case .item("snapshots", let json):
            try CapsuleNumbers.check(json, "a snapshot")
            guard snapshots.count < Snapshot.maximum else {
                throw RuntimeError.capsule("it holds more than \(Snapshot.maximum) snapshots")
            }
            guard let snapshot = Snapshot(capsuleForm: json) else {
                throw RuntimeError.capsule("'snapshots' holds what is none")
            }
            snapshots.append(snapshot)
        case .item("events", let json): try await takeEvent(json)
        case .item("pausedJobs", let json): head["pausedJobs"] = .array((head["pausedJobs"]?.array ?? []) + [json])
        case .item: break
        }
    }

    private func takeEvent(_ json: JSON) async throws {
        try CapsuleNumbers.check(json, "event \(journal.last + 1)")
        guard var event = SessionEvent(json: json) else {
            throw RuntimeError.capsule("what follows event \(journal.last) is no event")
        }
        if let id = event.longID {
            throw RuntimeError.capsule(
                "event \(event.seq) holds an id of \(id.utf8.count) bytes, '\(id.prefix(bytes: 40))…'; at most \(SessionEvent.longestID) are allowed"
            )
        }
        guard event.seq == journal.last + 1 else {
            throw RuntimeError.capsule("event \(journal.last) is followed by event \(event.seq)")
        }
        event.body = renamed(event.body)
        if journal.add(event, bytes: json.size) { try await writePending() }
    }

    private func takeExchange(_ json: JSON) async throws {
        try CapsuleNumbers.check(json, "an exchange")
        guard var exchange = Exchange(capsuleForm: json) else {
            throw RuntimeError.capsule("'exchanges' holds what is none")
        }
        _ = try await begun()
        let isOurs = exchange.id.utf8.count <= 64 && exchange.id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        var isTaken = !isOurs
        if isOurs { isTaken = try await runtime.store.exchange(exchange.id) != nil }
        if isTaken {
            let new = "ex_" + runtime.services.ids.ulid(at: exchange.received)
            renamedExchanges[ExactString(exchange.id)] = new
            exchange.id = new
        }
        exchange.agent = staged.agent
        exchange.session = staged.session
        try await runtime.store.save(exchange)
    }

    private func renamed(_ body: SessionEvent.Body) -> SessionEvent.Body {
        switch body {
        case .hookReceived(let exchange, let hook):
            .hookReceived(exchange: renamedExchanges[ExactString(exchange)] ?? exchange, hook: hook)
        case .hookAnswered(let exchange, let hook, let status, let duration, let error):
            .hookAnswered(
                exchange: renamedExchanges[ExactString(exchange)] ?? exchange,
                hook: hook,
                status: status,
                duration: duration,
                error: error
            )
        default: body
        }
    }

    /// The head, checked when the first of what follows it comes: whether this session can be here at all.
    private func begun() async throws -> CapsuleHeader {
        if let header { return header }
        let header = try CapsuleHeader(.object(head))
        self.header = header
        let key = try key(header)
        if try await runtime.directory.isKnown(key) { throw RuntimeError.sessionExists(key) }
        guard case .mine(let held) = try await runtime.store.claim(staged) else {
            throw RuntimeError.sessionExists(key)
        }
        journal.held = held
        try await write([], header.summary(staged), checkpoint: nil)
        return header
    }

    private func key(_ header: CapsuleHeader) throws -> SessionKey {
        let agent = try runtime.agent(header.agent)
        let id = requested ?? header.session
        if let problem = SessionID.problem(id) { throw RuntimeError.sessionInvalid(problem) }
        if let requested, SessionID.isTemporary(requested) {
            throw RuntimeError.sessionInvalid(
                "'\(requested)' is an id of a temporary session; take one that does not start with \(SessionID.temporaryPrefix)."
            )
        }
        return SessionKey(agent: agent.id, session: id)
    }

    /// Whether the agent can be given the state that the journal comes to.
    private func check(_ agent: String) async throws {
        let blueprint = try runtime.agent(agent)
        let (instance, state) = (blueprint.make(), journal.state.object ?? [:])
        do { try await instance.writeState(state) } catch { throw RuntimeError.stateInvalid(error) }
        try await instance.checkNames(of: state)
    }

    /// A state may be no larger than one that is made here, and is an object.
    private func checkState(_ state: JSON) throws(RuntimeError) {
        guard state.object != nil else { throw .capsule("its events come to a state that is no object") }
        let (size, limit) = (state.size, runtime.services.limits.state)
        let name = requested ?? header?.session ?? ""
        if size > limit { throw .stateTooLarge(name, size, limit) }
        if state.depth > JSON.maximumDepth { throw .stateTooDeep(name) }
    }

    private func writePending() async throws {
        guard !journal.pending.isEmpty else { return }
        let header = try await begun()
        let events = try journal.takePending(stateLimit: runtime.services.limits.state, check: checkState)
        try await write(events, header.summary(staged), checkpoint: journal.takeDueCheckpoint())
    }

    private func write(_ events: [SessionEvent], _ summary: SessionSummary, checkpoint: SessionFold?) async throws {
        let entry = JournalEntry(
            key: staged,
            epoch: journal.held?.epoch ?? 0,
            events: events,
            record: record(summary),
            checkpoint: checkpoint
        )
        try await runtime.store.append(entry)
    }

    private func record(_ summary: SessionSummary) -> SessionRecord {
        var summary = summary
        summary.seq = journal.seq
        summary.messages = journal.messageCount
        return SessionRecord(
            summary: summary,
            state: journal.state,
            pausedJobs: header?.pausedJobs ?? [],
            written: runtime.time.now
        )
    }
}

extension SessionKey {
    /// The agent of sessions that are being imported; no agent has such an id.
    package static var stagingAgent: String { " import" }
}
