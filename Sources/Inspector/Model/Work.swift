internal import SessionModel

/// What the person has begun and not finished.
struct Work: Sendable {
    var composer = Composer()
    /// The message that the editor has.
    var editing: (key: SessionKey, message: Message)?
    /// A capsule on its way.
    var transfer: Transfer?
    /// Requests that are sent one after another.
    var bulk: Bulk?
}
