internal import SessionModel

/// A request that is done once however often it comes, told by the key that its sender gave it: the header
/// `Idempotency-Key` of draft-ietf-httpapi-idempotency-key-header.
package struct RequestKey: Sendable, Hashable {
    /// What the store knows it by: whose key it is, and the key.
    let id: String
    /// What was asked. The same key with another request is refused.
    let fingerprint: String

    /// - Parameters:
    ///   - key: 1 to 255 visible ASCII characters.
    ///   - owner: to whom the key belongs; another owner's same key is another one.
    ///   - fingerprint: the same for the same request, and for no other.
    /// - Throws: ``RuntimeError`` `idempotency_key_invalid`.
    package init(_ key: String, of owner: String, fingerprint: String) throws(RuntimeError) {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw RuntimeError(
                .malformed,
                "idempotency_key_invalid",
                "An idempotency key is 1 to 255 visible ASCII characters."
            )
        }
        id = "\(owner)\n\(key)"
        self.fingerprint = fingerprint
    }
}

/// Which part of a request's work its answer is stored with.
package enum KeptRequest: Sendable {
    /// With the messages that it brought: it is answered as soon as they are accepted.
    case whenAccepted(RequestKey)
    /// With the end of its turn, however that came out.
    case whenDone(RequestKey, @Sendable (Result<TurnReply, RuntimeError>) -> StoredResponse)
}

extension RuntimeError {
    static func idempotencyMismatch() -> RuntimeError {
        RuntimeError(
            .mismatch,
            "idempotency_mismatch",
            "This idempotency key was used for another request; give each request a key of its own."
        )
    }

    static func inProgress() -> RuntimeError {
        RuntimeError(
            .conflict,
            "in_progress",
            "A request with this idempotency key is still running; ask again later with the same key."
        )
    }
}
