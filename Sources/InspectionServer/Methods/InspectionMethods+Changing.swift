internal import Inspection
internal import Logging
internal import MagmaRuntime
internal import SessionModel

// MARK: Snapshots and going back

extension InspectionMethods {
    func snapshot(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let snapshot = try await runtime.snapshot(
            try session(params),
            name: try params.text("name"),
            at: try params.optionalInt("seq"),
            by: author(peer, .snapshot)
        )
        return MethodAnswer(["snapshot": snapshot.summary.json])
    }

    func listSnapshots(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let snapshots = try await runtime.snapshots(of: try session(params))
        return MethodAnswer(["snapshots": .array(snapshots.map(\.json))])
    }

    func deleteSnapshot(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let name = try params.text("name")
        let session = try session(params)
        try await runtime.deleteSnapshot(name, of: session, by: author(peer, .deleteSnapshot))
        return MethodAnswer(["name": .string(name), "deleted": true])
    }

    func restore(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let session = try session(params)
        let seq = try await runtime.restore(
            session,
            to: try params.moment("to"),
            expect: try params.flag("anyway") ? nil : try params.expected(),
            by: author(peer, .restore)
        )
        return MethodAnswer(try await summary(session, ["seq": .int(seq)]))
    }

    func edit(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let session = try session(params)
        let edit = try SessionEdit(params, shown: redaction)
        let seq = try await runtime.edit(
            session,
            edit,
            expect: edit.testsItself ? try params.optionalInt("expect") : try params.expected(),
            by: author(peer, .edit)
        )
        return MethodAnswer(try await summary(session, ["seq": .int(seq)]))
    }
}

// MARK: Sessions that become others

extension InspectionMethods {
    func fork(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let session = try session(params)
        let fork = try await runtime.fork(
            session,
            at: params.json["from"].map { !$0.isNull } ?? false ? try params.moment("from") : nil,
            as: try params.optionalText("as"),
            kind: try params.flag("temporary") ? .temporary : .lasting,
            by: author(peer, .fork)
        )
        return MethodAnswer(try await summary(fork))
    }

    func keep(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let id = try params.text("as")
        let kept = try await runtime.keep(try session(params), as: id, by: author(peer, .keep))
        return MethodAnswer(try await summary(kept))
    }

    func delete(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let session = try session(params)
        try await runtime.checkExists(session)
        guard try params.text("confirm").isExactly(session.session) else {
            throw RPCError.invalidParams(
                "'confirm' must be the session's id, '\(session.session)'; nothing was deleted."
            )
        }
        try await runtime.delete(session)
        log.notice(
            "A session was deleted",
            metadata: ["session": "\(session.session)", "agent": "\(session.agent)", "by": "\(peer.name)"]
        )
        return MethodAnswer([
            "agent": .string(session.agent), "session": .string(session.session), "deleted": true,
        ])
    }
}

extension Params {
    /// A moment: the `seq` of an event, or the name of a snapshot.
    func moment(_ name: String) throws(RPCError) -> Moment {
        if let name = json[name]?.string { return .snapshot(name) }
        guard let seq = try optionalInt(name) else {
            throw .invalidParams("'\(name)' is missing: the seq of an event, or the name of a snapshot.")
        }
        return .seq(seq)
    }

    /// The `seq` up to which the caller has seen the session, so that nothing newer is overwritten.
    func expected() throws(RPCError) -> Int {
        guard let seq = try optionalInt("expect") else {
            throw .invalidParams("'expect' is missing: the seq up to which you have seen the session.")
        }
        return seq
    }
}

extension SessionEdit {
    /// `state`: a JSON Patch; `context`: an array of `{"op": "add", "message"}`, `{"op": "change", "id", "hash", "message"}` and
    /// `{"op": "remove", "id", "hash"}`.
    ///
    /// - Parameter redaction: what was taken out of messages before they were shown, so that their hashes are of that.
    init(_ params: Params, shown redaction: Redaction) throws(RPCError) {
        self.init()
        if let patch = params.json["state"], !patch.isNull {
            do { state = try JSONPatch(json: patch) } catch {
                throw .invalidParams("'state' is not a JSON Patch: \(error).")
            }
        }
        let steps = params.json["context"] ?? []
        guard let items = steps.isNull ? [] : steps.array else { throw .invalidParams("'context' must be an array.") }
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
            do { return try Message(json: value) } catch {
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
