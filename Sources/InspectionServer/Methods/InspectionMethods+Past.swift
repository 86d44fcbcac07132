internal import Inspection
internal import MagmaRuntime
internal import SessionModel

// MARK: A session as it was

extension InspectionMethods {
    func at(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let key = try session(params)
        guard let seq = try params.optionalInt("seq") else { throw RPCError.invalidParams("'seq' is missing.") }
        let fold = try await runtime.past(of: key, at: seq)
        var all = fold.messages
        let window = ContextWindow.start(in: all, limit: try agent(params).messageContext)
        if let id = try params.optionalText("before") {
            guard let index = all.lastIndex(where: { $0.id.isExactly(id) }) else {
                throw RPCError.notFound(
                    "message_not_found",
                    "There is no message '\(id.prefix(bytes: 80))' at event \(seq)."
                )
            }
            all = Array(all[..<index])
        }
        let (messages, before) = bounds.window(all, of: key, at: seq, beside: fold.state)
        return MethodAnswer([
            "seq": .int(fold.seq), "messages": .array(messages), "more": .bool(before > 0),
            "window": .int(max(0, window - before)),
            "state": fold.state,
            "blame": .object(
                JSON.Object(fold.blame.sorted { $0.key < $1.key }.map { ($0.key.wrappedValue, .int($0.value)) })
            ),
        ])
    }

    /// From one moment to another, of the same session or of `other`.
    func diff(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let session = try session(params)
        let target = try params.optionalText("other").map { SessionKey(agent: session.agent, session: $0) } ?? session
        let before = try await runtime.past(of: session, at: try params.moment("from"))
        let after = try await runtime.past(of: target, at: try params.moment("to"))
        let difference = FoldDifference(from: before, to: after)
        return MethodAnswer(
            .object(difference.json(bounds, (session, before.seq), (target, after.seq)))
        )
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
        let old = Dictionary(before.messages.map { (ExactString($0.id), $0) }, uniquingKeysWith: { $1 })
        let new = Set(after.messages.map { ExactString($0.id) })
        added = after.messages.filter { old[ExactString($0.id)] == nil }
        removed = before.messages.filter { !new.contains(ExactString($0.id)) }
        changed = after.messages.filter { message in old[ExactString(message.id)].map { $0 != message } ?? false }
    }

    /// As many messages as fit, and whether there are more.
    ///
    /// - Parameters:
    ///   - old: the session and the event that it was compared from.
    ///   - new: and to.
    func json(_ bounds: AnswerBounds, _ old: (key: SessionKey, seq: Int), _ new: (key: SessionKey, seq: Int))
        -> JSON.Object
    {
        var object: JSON.Object = ["state": state.json]
        var more = false
        for (name, messages, place) in [("added", added, new), ("removed", removed, old), ("changed", changed, new)] {
            let all = messages.map { bounds.bounded($0.json, .message(place.key, id: $0.id, at: place.seq)) }
            let (first, isCut) = AnswerBounds.first(all)
            object[name] = .array(first)
            more = more || isCut
        }
        object["more"] = .bool(more)
        return object
    }
}
