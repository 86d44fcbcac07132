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
    /// What was last looked for in all sessions.
    var found = FoundTexts()
    /// The last rerun of a session.
    var rerun: Rerunning?

    /// What takes long, in words.
    func words(at now: Int64) -> String? {
        bulk?.words(at: now) ?? transfer?.words(at: now) ?? rerun?.words(at: now)
    }
}
