internal import SessionModel

/// One place of a request where a session id was found.
struct NamedSession: Equatable, Sendable {
    /// Such as `header x-session-id`.
    let name: String
    let id: String

    /// The id that all places agree on; `nil` when there is none.
    ///
    /// - Throws: ``APIError`` `session_id_conflict`, naming two places that differ.
    static func agreed(_ places: [NamedSession]) throws(APIError) -> String? {
        let named = places.filter { !$0.id.isEmpty }
        guard let first = named.first else { return nil }
        if let other = named.first(where: { !$0.id.isExactly(first.id) }) { throw .sessionConflict(first, other) }
        return first.id
    }
}
