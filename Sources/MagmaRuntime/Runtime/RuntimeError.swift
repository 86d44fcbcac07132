package import SessionModel

/// Why the runtime refused something: nothing of it was done.
package struct RuntimeError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        case malformed, unauthorized, notFound, conflict, mismatch, tooMany, failed, unreachable, unavailable, timeout

        /// The status of an HTTP answer (RFC 9110).
        package var status: Int {
            switch self {
            case .malformed: 400
            case .unauthorized: 401
            case .notFound: 404
            case .conflict: 409
            case .mismatch: 422
            case .tooMany: 429
            case .failed: 500
            case .unreachable: 502
            case .unavailable: 503
            case .timeout: 504
            }
        }
    }

    package var kind: Kind
    /// Stable, `snake_case`.
    package var code: String
    /// A sentence: what, which, and what to do.
    package var message: String
    /// The process that has the session, by which it can be asked instead; empty where that is not known yet.
    package var address: String?

    package init(_ kind: Kind, _ code: String, _ message: String) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

extension RuntimeError {
    package static func agentNotFound(_ id: String) -> RuntimeError {
        RuntimeError(.notFound, "agent_not_found", "There is no agent '\(id.prefix(bytes: 80))' in this runtime.")
    }
    package static func hookNotFound(_ name: String, agent: String) -> RuntimeError {
        RuntimeError(.notFound, "hook_not_found", "The agent '\(agent)' has no hook '\(name.prefix(bytes: 80))'.")
    }
    package static func jobNotFound(_ name: String, agent: String) -> RuntimeError {
        RuntimeError(.notFound, "job_not_found", "The agent '\(agent)' has no job '\(name.prefix(bytes: 80))'.")
    }
    package static func sessionNotFound(_ id: String, agent: String) -> RuntimeError {
        RuntimeError(.notFound, "session_not_found", "The agent '\(agent)' has no session '\(id.prefix(bytes: 80))'.")
    }
    package static func sessionExists(_ key: SessionKey) -> RuntimeError {
        RuntimeError(.conflict, "session_exists", "The agent '\(key.agent)' already has a session '\(key.session)'.")
    }
    package static func sessionNotFound(_ key: SessionKey) -> RuntimeError {
        sessionNotFound(key.session, agent: key.agent)
    }
    /// It was evicted between lookup and use; a new lookup finds it.
    static func sessionGone(_ key: SessionKey) -> RuntimeError {
        RuntimeError(.unavailable, "session_gone", "The session '\(key.session)' is just going to sleep; try again.")
    }
    /// Another process has it.
    package static func sessionElsewhere(_ key: SessionKey, _ address: String) -> RuntimeError {
        var error = RuntimeError(
            .unavailable,
            "session_elsewhere",
            "The session '\(key.session)' is on another node, \(address); ask there."
        )
        error.address = address
        return error
    }
    /// An agent that this process does not host: whom to ask instead, where another process does.
    static func agentMissing(_ id: String, for session: String?, in store: any SessionStore) -> RuntimeError {
        let session = session ?? "\(UInt64.random(in: .min ... .max))"
        guard let address = store.host(of: id, for: session) else { return agentNotFound(id) }
        var error = RuntimeError(
            .unavailable,
            "agent_elsewhere",
            "The agent '\(id)' is on another node, \(address); ask there."
        )
        error.address = address
        return error
    }
    /// Whether another process has, or may have, the session.
    var isOfAnotherNode: Bool {
        address != nil || ["session_moved", "lease_lost", "store_lease_lost"].contains(code)
    }
    /// Other processes have taken this one's sessions over.
    package static func leaseLost(_ key: SessionKey) -> RuntimeError {
        RuntimeError(
            .unavailable,
            "lease_lost",
            "The session '\(key.session)' was let go, since this node did not renew its lease in time; send it again."
        )
    }
    /// Another process took it over meanwhile.
    package static func sessionMoved(_ key: SessionKey) -> RuntimeError {
        RuntimeError(
            .conflict,
            "session_moved",
            "The session '\(key.session)' was taken over by another node, so this was not stored; send it again."
        )
    }
    /// It was deleted, or got another id, while it was used.
    static func sessionClosed(_ key: SessionKey) -> RuntimeError {
        RuntimeError(
            .conflict,
            "session_gone",
            "The session '\(key.session)' was deleted or renamed just now, so this was not stored; send it again."
        )
    }
    static func fieldUnknown(_ name: String, of agent: AgentBlueprint) -> RuntimeError {
        RuntimeError(
            .malformed,
            "field_unknown",
            "The agent '\(agent.id)' has no field '\(name.prefix(bytes: 80))'; it has \(agent.fieldNames.joined(separator: ", "))."
        )
    }
    static func stateInvalid(_ error: any Error) -> RuntimeError {
        RuntimeError(
            .malformed,
            "state_invalid",
            "The state does not fit the agent's fields: \(error)."
        )
    }
    /// What the store said, which may be a ``RuntimeError`` itself.
    static func storeFailed(_ error: any Error) -> RuntimeError {
        error as? RuntimeError
            ?? RuntimeError(.unavailable, "store_failed", "Events could not be stored: \(error)")
    }
    package static func exchangeNotFound(_ id: String) -> RuntimeError {
        RuntimeError(
            .notFound,
            "exchange_not_found",
            "There is no exchange '\(id.prefix(bytes: 80))'; it may be too old."
        )
    }
    static func notKept(_ name: String) -> RuntimeError {
        RuntimeError(
            .malformed,
            "state_invalid",
            "The agent does not keep '\(name.prefix(bytes: 80))' beside what it has; to it both names may be the same."
        )
    }
    static func sessionsFull(_ limit: Int) -> RuntimeError {
        RuntimeError(
            .tooMany,
            "sessions_full",
            "\(limit) sessions are awake, which is as many as there may be; try again when some sleep."
        )
    }
    static func contextFull(_ id: String, _ limit: Int) -> RuntimeError {
        RuntimeError(
            .conflict,
            "context_full",
            "The session '\(id)' has reached the limit of \(limit) messages; use another session, or remove messages."
        )
    }
    static func stateTooLarge(_ id: String, _ size: Int, _ limit: Int) -> RuntimeError {
        RuntimeError(
            .malformed,
            "state_too_large",
            "The state of the session '\(id)' would take \(size) bytes, more than the limit of \(limit)."
        )
    }
    static func stateTooDeep(_ id: String) -> RuntimeError {
        RuntimeError(
            .malformed,
            "state_too_deep",
            "The state of the session '\(id)' would be nested deeper than \(JSON.maximumDepth) values."
        )
    }
    package static func sessionInvalid(_ why: String) -> RuntimeError {
        RuntimeError(.malformed, "session_id_invalid", why)
    }
    static func noTemporarySession(_ id: String) -> RuntimeError {
        sessionInvalid(
            "There is no active temporary session '\(id)'; ids that start with \(SessionID.temporaryPrefix) are given by the runtime."
        )
    }
    package static func sessionEnded(_ id: String) -> RuntimeError {
        RuntimeError(.conflict, "session_ended", "The session '\(id)' has ended; use another session id.")
    }
    package static func superseded() -> RuntimeError {
        RuntimeError(.conflict, "superseded", "A newer message of the same session took the place of this turn.")
    }
    package static func cancelled() -> RuntimeError {
        RuntimeError(.conflict, "cancelled", "The turn was cancelled before it was done.")
    }
    package static func busy(_ id: String) -> RuntimeError {
        RuntimeError(.conflict, "busy", "The session '\(id)' is in the middle of a turn; send the message again later.")
    }
    package static func queueFull(_ id: String) -> RuntimeError {
        RuntimeError(.tooMany, "queue_full", "64 messages already wait in the session '\(id)'; send it again later.")
    }
    package static func shuttingDown() -> RuntimeError {
        RuntimeError(.unavailable, "shutting_down", "The runtime is shutting down; try again in a moment.")
    }

    /// For work that was still running when a shutdown ended it. It must not be sent to another process: a part of it was done.
    package static func cutOff() -> RuntimeError {
        RuntimeError(
            .unavailable,
            "shutting_down",
            "The runtime was shut down before this was done; what was done until then is kept."
        )
    }
    package static func turnFailed(_ why: String) -> RuntimeError {
        RuntimeError(.failed, "turn_failed", "The turn failed: \(why)")
    }
    package static func setupFailed(_ why: String) -> RuntimeError {
        RuntimeError(.failed, "setup_failed", "The agent's setup failed, so no session was made: \(why)")
    }
}
