internal import Inspection
internal import Logging
internal import MagmaRuntime
internal import SessionModel

/// Moments, forks, edits, and the end of a session.
struct ChangeMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.keep, pace: .changing, run: ChangeMethods.keep),
        MethodHandler(Methods.snapshot, pace: .changing, run: ChangeMethods.snapshot),
        MethodHandler(Methods.listSnapshots, run: ChangeMethods.listSnapshots),
        MethodHandler(Methods.deleteSnapshot, run: ChangeMethods.deleteSnapshot),
        MethodHandler(Methods.fork, pace: .changing, run: ChangeMethods.fork),
        MethodHandler(Methods.restore, pace: .changing, run: ChangeMethods.restore),
        MethodHandler(Methods.edit, pace: .changing, run: ChangeMethods.edit),
        MethodHandler(Methods.delete, pace: .changing, run: ChangeMethods.delete),
    ]

    let shared: InspectionMethods

    private var log: Logger { shared.log }

    func snapshot(_ peer: InspectorState, _ params: SnapshotParams) async throws -> MethodAnswer<SnapshotResult> {
        let author = shared.author(peer, Methods.snapshot)
        let snapshot = try await runtime.snapshot(shared.key(params), name: params.name, at: params.seq, by: author)
        return MethodAnswer(SnapshotResult(snapshot: snapshot.summary))
    }

    func listSnapshots(_ peer: InspectorState, _ params: SessionName) async throws -> MethodAnswer<SnapshotsResult> {
        MethodAnswer(SnapshotsResult(snapshots: try await runtime.snapshots(of: shared.key(params))))
    }

    func deleteSnapshot(_ peer: InspectorState, _ params: SnapshotName) async throws -> MethodAnswer<SnapshotDeleted> {
        try await runtime.deleteSnapshot(
            params.name,
            of: shared.key(params),
            by: shared.author(peer, Methods.deleteSnapshot)
        )
        return MethodAnswer(SnapshotDeleted(name: params.name))
    }

    func restore(_ peer: InspectorState, _ params: RestoreParams) async throws -> MethodAnswer<SessionResult> {
        let key = try shared.key(params)
        let expect = params.anyway ? nil : try Self.expected(params.expect)
        let seq = try await runtime.restore(
            key,
            to: params.to,
            expect: expect,
            by: shared.author(peer, Methods.restore)
        )
        return MethodAnswer(try await shared.result(key, seq: seq))
    }

    func edit(_ peer: InspectorState, _ params: EditParams) async throws -> MethodAnswer<SessionResult> {
        let key = try shared.key(params)
        let edit = try SessionEdit(params, shown: redaction)
        let seq = try await runtime.edit(
            key,
            edit,
            expect: edit.testsItself ? params.expect : try Self.expected(params.expect),
            by: shared.author(peer, Methods.edit)
        )
        return MethodAnswer(try await shared.result(key, seq: seq))
    }

    /// The `seq` up to which the caller has seen the session, so that nothing newer is overwritten.
    private static func expected(_ seq: Int?) throws -> Int {
        guard let seq else {
            throw RPCError.invalidParams("'expect' is missing: the seq up to which you have seen the session.")
        }
        return seq
    }

    func fork(_ peer: InspectorState, _ params: ForkParams) async throws -> MethodAnswer<SessionResult> {
        let fork = try await runtime.fork(
            shared.key(params),
            at: params.from,
            as: params.id,
            kind: params.temporary ? .temporary : .lasting,
            by: shared.author(peer, Methods.fork)
        )
        return MethodAnswer(try await shared.result(fork))
    }

    func keep(_ peer: InspectorState, _ params: KeepParams) async throws -> MethodAnswer<SessionResult> {
        let kept = try await runtime.keep(shared.key(params), as: params.id, by: shared.author(peer, Methods.keep))
        return MethodAnswer(try await shared.result(kept))
    }

    func delete(_ peer: InspectorState, _ params: DeleteParams) async throws -> MethodAnswer<SessionDeleted> {
        let key = try shared.key(params)
        try await runtime.checkExists(key)
        guard params.confirm.isExactly(key.session) else {
            throw RPCError.invalidParams("'confirm' must be the session's id, '\(key.session)'; nothing was deleted.")
        }
        try await runtime.delete(key)
        log.notice(
            "A session was deleted",
            metadata: ["session": "\(key.session)", "agent": "\(key.agent)", "by": "\(peer.name)"]
        )
        return MethodAnswer(SessionDeleted(key: key))
    }
}

extension SessionEdit {
    /// `state`: a JSON Patch; `context`: an array of `{"op": "add", "message"}`, `{"op": "change", "id", "hash", "message"}` and
    /// `{"op": "remove", "id", "hash"}`.
    ///
    /// - Parameter redaction: the redaction with which the messages were shown; their hashes cover the redacted form.
    init(_ params: EditParams, shown redaction: Redaction) throws(RPCError) {
        self.init()
        if let patch = params.state {
            do { state = try JSONPatch(json: patch) } catch {
                throw .invalidParams("'state' is not a JSON Patch: \(error).")
            }
        }
        guard let items = (params.context ?? []).array else { throw .invalidParams("'context' must be an array.") }
        for (index, item) in items.enumerated() { context.append(try Self.step(item, "context[\(index)]", redaction)) }
        guard !state.isEmpty || !context.isEmpty else {
            throw .invalidParams("There is nothing to edit: give 'state' or 'context'.")
        }
    }

    private static func step(_ json: JSON, _ place: String, _ redaction: Redaction) throws(RPCError) -> Step {
        func seen() throws(RPCError) -> Check? {
            guard let hash = json["hash"], !hash.isNull else { return nil }
            guard let hash = hash.word?.lowercased(), hash.utf8.count == 64 else {
                throw .invalidParams(
                    "'\(place).hash' must be the SHA-256 of the message's JSON, as 64 hexadecimal digits."
                )
            }
            return { SecretDigest(redaction.redacted($0.json).text).text == hash }
        }
        func id() throws(RPCError) -> String {
            guard let id = json["id"]?.string else { throw .invalidParams("'\(place).id' must be a message's id.") }
            return id
        }
        func message() throws(RPCError) -> Message {
            guard let value = json["message"] else { throw .invalidParams("'\(place).message' is missing.") }
            do { return try Message(received: value) } catch {
                throw .invalidParams("'\(place).message' is not a message: \(error).")
            }
        }
        switch json["op"]?.word {
        case "add": return .add(try message())
        case "change":
            var changed = try message()
            changed.id = try id()
            return .change(changed, seen: try seen())
        case "remove": return .remove(id: try id(), seen: try seen())
        default: throw .invalidParams("'\(place).op' must be 'add', 'change' or 'remove'.")
        }
    }
}
