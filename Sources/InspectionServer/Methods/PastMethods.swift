internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// A session as it was.
struct PastMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.at, run: PastMethods.at),
        MethodHandler(Methods.diff, run: PastMethods.diff),
    ]

    let shared: InspectionMethods

    func at(_ peer: InspectorState, _ params: MomentParams) async throws -> MethodAnswer<MomentResult> {
        let key = try shared.key(params)
        let fold = try await runtime.past(of: key, at: params.seq)
        var all = fold.messages
        let window = ContextWindow.start(in: all, limit: try runtime.agent(params.agent).messageContext)
        if let id = params.before {
            guard let index = all.lastIndex(where: { $0.id.isExactly(id) }) else {
                throw RPCError.notFound(
                    "message_not_found",
                    "There is no message '\(id.prefix(bytes: 80))' at event \(params.seq)."
                )
            }
            all = Array(all[..<index])
        }
        let state = bounds.bounded(state: fold.state, of: key, at: fold.seq)
        let (messages, before) = bounds.window(all, of: key, at: params.seq, beside: state)
        return MethodAnswer(
            MomentResult(
                seq: fold.seq,
                messages: messages,
                more: before > 0,
                window: max(0, window - before),
                state: state,
                blame: fold.blame
            )
        )
    }

    /// From one moment to another, of the same session or of `other`.
    func diff(_ peer: InspectorState, _ params: DiffParams) async throws -> MethodAnswer<DiffResult> {
        let session = try shared.key(params)
        let target = params.other.map { SessionKey(agent: session.agent, session: $0) } ?? session
        let before = try await runtime.past(of: session, at: params.from)
        let after = try await runtime.past(of: target, at: params.to)
        let difference = FoldDifference(from: before, to: after)
        return MethodAnswer(difference.result(bounds, (session, before.seq), (target, after.seq)))
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
    func result(
        _ bounds: AnswerBounds,
        _ old: (key: SessionKey, seq: Int),
        _ new: (key: SessionKey, seq: Int)
    ) -> DiffResult {
        func first(_ messages: [Message], _ place: (key: SessionKey, seq: Int)) -> (items: [JSON], more: Bool) {
            AnswerBounds.first(
                messages.map { bounds.bounded($0.json, .message(place.key, id: $0.id, at: place.seq)) },
                within: AnswerBounds.page / 3
            )
        }
        let (added, removed, changed) = (first(added, new), first(removed, old), first(changed, new))
        return DiffResult(
            state: bounds.bounded(diff: state, of: new.key, at: new.seq),
            added: added.items,
            removed: removed.items,
            changed: changed.items,
            more: added.more || removed.more || changed.more
        )
    }
}
