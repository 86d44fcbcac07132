internal import SessionModel

/// One place of a request where a session id was found.
struct NamedSession: Equatable, Sendable {
    /// Such as `header x-session-id`.
    let name: String
    let id: String

    /// The id that all places agree on; `nil` when there is none.
    ///
    /// - Throws: ``APIError`` `session_id_conflict`, naming two places that differ.
    static func agreed(_ places: [NamedSession]...) throws(APIError) -> String? {
        var first: NamedSession?
        for place in places.joined() where !place.id.isEmpty {
            if let first, !place.id.isExactly(first.id) { throw .sessionConflict(first, place) }
            if first == nil { first = place }
        }
        return first?.id
    }
}
