internal import SessionModel

/// A request that is done once however often it comes, told by the key that its sender gave it: the header
/// `Idempotency-Key` of draft-ietf-httpapi-idempotency-key-header.
package struct RequestKey: Sendable, Hashable {
    /// What the store knows it by; the same key means another request at another entrance or session.
    let id: String

    /// - Parameters:
    ///   - key: 1 to 255 visible ASCII characters.
    ///   - session: as the request names it; `nil` for none.
    /// - Throws: ``RuntimeError`` `idempotency_key_invalid`.
    package init(_ key: String, entrance: String, agent: String, session: String?) throws(RuntimeError) {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw RuntimeError(
                .malformed,
                "idempotency_key_invalid",
                "An idempotency key is 1 to 255 visible ASCII characters."
            )
        }
        id = [entrance, agent, session ?? "", key].joined(separator: "\n")
    }
}

/// Which part of a request's work its answer is stored with.
package enum KeptRequest: Sendable {
    /// With the messages that it brought: it is answered as soon as they are accepted.
    case whenAccepted(RequestKey)
    /// With the end of its turn, however that came out.
    case whenDone(RequestKey, @Sendable (Result<TurnReply, RuntimeError>) -> KeptAnswer)
}

extension Runtime {
    /// Does something once: whoever asks the same meanwhile waits, and is told what the first was answered.
    ///
    /// - Parameters:
    ///   - request: `nil` for work that may be repeated.
    ///   - work: has its answer stored under the key, unless nothing was done.
    package func once(_ request: RequestKey?, _ work: () async throws -> KeptAnswer) async throws -> KeptAnswer {
        guard let request else { return try await work() }
        if let kept = try await claim(request) { return kept }
        defer { release(request) }
        return try await work()
    }

    /// Waits until nobody else does the same.
    ///
    /// - Returns: what it was answered; `nil` when it is to be done now, and then ``release(_:)`` must follow.
    package func claim(_ request: RequestKey) async throws -> KeptAnswer? {
        await requests.enter(request.id)
        do {
            let kept = try await store.answer(to: request.id)
            if kept != nil { release(request) }
            return kept
        } catch {
            release(request)
            throw error
        }
    }

    package func release(_ request: RequestKey) { requests.leave(request.id) }
}
