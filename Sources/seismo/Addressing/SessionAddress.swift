internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import SessionModel

/// A session as it is written on the command line: `AGENT/SESSION`, or `SESSION` alone where the runtime has one agent.
/// Where a moment may be meant, `@SEQ` or `@SNAPSHOT` may follow.
struct SessionAddress: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
    }

    static let help = "The session: AGENT/SESSION, or SESSION where the runtime has one agent."
    static let momentHelp = "The moment: AGENT/SESSION@SEQ or AGENT/SESSION@SNAPSHOT; without '@' it is now."
}

/// A session at a moment; `nil` for now.
struct SessionMoment {
    let key: SessionKey
    let moment: Moment?
}

extension Asked {
    /// The session that is meant.
    ///
    /// - Throws: `CommandFailure` when it is not there or more than one could be meant.
    func session(_ address: SessionAddress) async throws -> SessionKey {
        if let key = try await existing(address.text) { return key }
        throw try await unknown(address.text)
    }

    /// The session that is meant, and the moment where one is named. What is the id of a session as a whole means it,
    /// also where it has an `@`.
    func moment(_ address: SessionAddress) async throws -> SessionMoment {
        if let key = try await existing(address.text) { return SessionMoment(key: key, moment: nil) }
        guard let (name, moment) = address.text.parted(atLast: "@"), !name.isEmpty else {
            throw try await unknown(address.text)
        }
        guard !moment.isEmpty else { throw UsageError("'\(address.text)' names no moment behind '@'.") }
        guard let key = try await existing(name) else { throw try await unknown(name, or: address.text) }
        guard let seq = Int(moment) else { return SessionMoment(key: key, moment: .snapshot(moment)) }
        guard NumberRange.count.contains(seq) else {
            throw UsageError("'\(moment)' is no moment: a seq is 0 to \(NumberRange.count.upperBound).")
        }
        return SessionMoment(key: key, moment: .seq(seq))
    }

    /// A session that is there, or is about to be made: its agent, and its id.
    func possible(_ text: String) throws -> SessionKey {
        guard let key = key(text) else {
            throw UsageError("'\(text)' does not say which agent: write AGENT/SESSION. There are \(agentNames).")
        }
        return key
    }

    /// The agent of that name.
    func agent(_ name: String) throws -> String {
        if hello.agents.contains(where: { $0.id.isExactly(name) }) { return name }
        throw CommandFailure.notFound("There is no agent '\(name)'; there are \(agentNames).")
    }

    /// The agent that is meant: the one that is named, or the only one.
    func agent(_ name: String?) throws -> String {
        if let name { return try agent(name) }
        if hello.agents.count == 1 { return hello.agents[0].id }
        throw UsageError("The runtime has several agents: say which with --agent. There are \(agentNames).")
    }

    var agentNames: String { hello.agents.map(\.id).joined(separator: ", ") }

    private func key(_ text: String) -> SessionKey? {
        if let (agent, session) = text.parted(atFirst: "/") {
            if !session.isEmpty, hello.agents.contains(where: { $0.id.isExactly(agent) }) {
                return SessionKey(agent: agent, session: session)
            }
        }
        return hello.agents.count == 1 ? SessionKey(agent: hello.agents[0].id, session: text) : nil
    }

    private func existing(_ text: String) async throws -> SessionKey? {
        if let key = key(text) { return try await exists(key) ? key : nil }
        var found: [SessionKey] = []
        for agent in hello.agents {
            let key = SessionKey(agent: agent.id, session: text)
            if try await exists(key) { found.append(key) }
        }
        guard !found.isEmpty else { return nil }
        let names = found.map { "\($0.agent)/\($0.session)" }.joined(separator: " or ")
        throw UsageError("'\(text)' does not say which agent: write \(names).")
    }

    private func exists(_ key: SessionKey) async throws -> Bool {
        do {
            _ = try await client.call(Methods.history, .first(of: key))
            return true
        } catch let error as RPCError where error.number == -32004 || error.number == -32602 {
            // What is no session's id names none.
            return false
        }
    }

    // MARK: Near misses

    private static let (mostSeen, mostNamed) = (1000, 3)

    /// - Parameter whole: the address with what may be its moment, or a part of its id.
    private func unknown(_ text: String, or whole: String? = nil) async throws -> CommandFailure {
        if key(text) == nil, let (agent, _) = text.parted(atFirst: "/") {
            return .notFound("There is no agent '\(agent)'; there are \(agentNames).")
        }
        let wanted = key(text)
        var query = SessionsQuery(sort: .active, limit: Self.mostSeen)
        query.agent = wanted?.agent
        let page = try await client.call(Methods.watchSessions, query).result
        let name = wanted?.session ?? text
        let names = [name] + (whole.map { [key($0)?.session ?? $0] } ?? [])
        let near = page.rows
            .map { row in (distance: names.map { Self.distance($0, row.key.session) }.min() ?? .max, key: row.key) }
            .filter { $0.distance <= max(1, name.count / 3) }
            .sorted { $0.distance < $1.distance }
            .prefix(Self.mostNamed)
        let meant = near.map { "\($0.key.agent)/\($0.key.session)" }.joined(separator: ", ")
        let whose = wanted.map { " of the agent '\($0.agent)'" } ?? ""
        let hint = near.isEmpty ? " 'seismo sessions' lists those that there are." : " Did you mean \(meant)?"
        return .notFound("There is no session '\(name)'\(whose).\(hint)")
    }

    /// How many characters must be put in, taken out or changed to make one text of the other; of long texts, many.
    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.lowercased().unicodeScalars), Array(b.lowercased().unicodeScalars))
        guard a.count <= 64, b.count <= 64 else { return .max }
        if b.starts(with: a) { return 1 }
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var corner = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = left == right ? corner : 1 + min(corner, above, row[j])
                corner = above
            }
        }
        return row[b.count]
    }
}

/// Ids may begin with what joins the sign before it to one character, so texts are parted between scalars.
extension String {
    func parted(atFirst sign: Unicode.Scalar) -> (before: String, behind: String)? {
        unicodeScalars.firstIndex(of: sign).map(parted(at:))
    }

    func parted(atLast sign: Unicode.Scalar) -> (before: String, behind: String)? {
        unicodeScalars.lastIndex(of: sign).map(parted(at:))
    }

    private func parted(at place: Index) -> (before: String, behind: String) {
        (String(unicodeScalars[..<place]), String(unicodeScalars[unicodeScalars.index(after: place)...]))
    }
}
