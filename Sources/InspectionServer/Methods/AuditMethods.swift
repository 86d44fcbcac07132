internal import Inspection
internal import Logging
internal import MagmaRuntime
internal import SessionModel

/// Who did what, and secrets that an admin asks for.
struct AuditMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.reveal, run: AuditMethods.reveal),
        MethodHandler(Methods.listAudit, run: AuditMethods.listAudit),
    ]

    let shared: InspectionMethods

    private var log: Logger { shared.log }

    /// Writes down what a peer did, or tried to.
    func audit(_ request: RPCRequest, by peer: InspectorState, error: String?) async {
        var entry = AuditEntry(at: runtime.time.now, by: peer.name, role: peer.role, method: request.method)
        let params = request.params
        entry.agent = params["agent"]?.string?.cut
        entry.session = params["session"]?.string?.cut
        let names = ["exchange", "job", "hook", "name", "as", "path", "to", "from", "into"]
        let about = names.compactMap { name in
            params[name].flatMap { $0.string?.cut ?? $0.int.map { String($0) } }.map { "\(name) \($0)" }
        }
        if !about.isEmpty { entry.about = about.joined(separator: ", ").cut }
        entry.error = error
        do { try await runtime.append(entry) } catch {
            log.error(
                "The audit log could not be written",
                metadata: ["method": "\(request.method)", "error": "\(error)"]
            )
        }
    }

    func listAudit(_ peer: InspectorState, _ params: AuditParams) async throws -> MethodAnswer<AuditPage> {
        let limit = params.limit ?? 100
        let found = try await runtime.audits(before: params.before, limit: limit + 1)
        return MethodAnswer(AuditPage(entries: Array(found.prefix(limit)), more: found.count > limit))
    }

    /// One value that is hidden otherwise: of a session's state by its `path`, or of an exchange by a path in it.
    func reveal(_ peer: InspectorState, _ params: RevealParams) async throws -> MethodAnswer<RevealedValue> {
        let text = params.path
        guard let path = JSONPointer(parsing: text), !path.pieces.isEmpty else {
            throw RPCError.invalidParams("'path' must be a JSON Pointer to one value, such as /apiKey.")
        }
        let whole: JSON
        if let id = params.exchange {
            whole = try await runtime.exchange(id).json
        } else {
            guard let agent = params.agent, let session = params.session else {
                throw RPCError.invalidParams("'exchange' is missing, or 'agent' and 'session'.")
            }
            let key = SessionKey(agent: try runtime.agentID(agent), session: session)
            whole = try await runtime.head(of: key, window: 0).state
        }
        guard let value = try? whole.value(at: path) else {
            throw RPCError.notFound("value_not_found", "There is no value at '\(text)'.")
        }
        switch value {
        case .object, .array:
            throw RPCError.invalidParams("'\(text)' holds several values; secrets are revealed one at a time.")
        default: return MethodAnswer(RevealedValue(path: text, value: value), isRevealed: true)
        }
    }
}

extension String {
    /// No more of it is written down than what is needed to know what it was.
    fileprivate var cut: String { prefix(bytes: 200) }
}
