internal import Inspection
internal import MagmaRuntime
internal import SessionModel

// MARK: A session as it was

extension InspectionMethods {
    func at(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let session = try await session(params)
        guard let seq = try params.optionalInt("seq") else { throw RPCError.invalidParams("'seq' is missing.") }
        let fold = try await runtime.past(of: session, at: seq)
        return MethodAnswer([
            "seq": .int(fold.seq), "messages": .array(fold.messages.map(\.json)),
            "window": .int(ContextWindow.start(in: fold.messages, limit: session.blueprint.messageContext)),
            "state": fold.state,
            "blame": .object(JSON.Object(fold.blame.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })),
        ])
    }

    /// From one moment to another, of the same session or of `other`.
    func diff(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let session = try await session(params)
        var target = session
        if let other = try params.optionalText("other") {
            target = try await runtime.existingSession(SessionKey(agent: session.key.agent, session: other))
        }
        let before = try await runtime.past(of: session, at: try params.moment("from"))
        let after = try await runtime.past(of: target, at: try params.moment("to"))
        return MethodAnswer(FoldDifference(from: before, to: after).json)
    }
}

/// What is different between two moments: a JSON Patch (RFC 6902) of the state, and messages, told apart by their ids.
struct FoldDifference {
    let state: JSONPatch
    let added: [Message]
    let removed: [Message]
    /// As they are afterwards.
    let changed: [Message]

    init(from before: SessionFold, to after: SessionFold) {
        state = JSONPatch(from: before.state, to: after.state)
        let old = Dictionary(before.messages.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let new = Set(after.messages.map(\.id))
        added = after.messages.filter { old[$0.id] == nil }
        removed = before.messages.filter { !new.contains($0.id) }
        changed = after.messages.filter { message in old[message.id].map { $0 != message } ?? false }
    }

    var json: JSON {
        [
            "state": state.json, "added": .array(added.map(\.json)), "removed": .array(removed.map(\.json)),
            "changed": .array(changed.map(\.json)),
        ]
    }
}
