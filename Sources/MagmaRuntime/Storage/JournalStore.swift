package import SessionModel

/// Keeps the journals of sessions: their events, and checkpoints from which reading can begin.
package protocol JournalStore: Sendable {
    /// Whether storing waits for nothing.
    var isImmediate: Bool { get }

    /// What of an entry can be encoded before it is written. Sessions do this themselves, in parallel, since only one write
    /// runs at a time. `nil` when there is nothing to do.
    func encoded(_ events: [SessionEvent], _ record: SessionRecord?) -> EncodedEntry?

    /// Stores each entry, with its exchanges, answers and companions, whole or not at all; all of them in one transaction.
    ///
    /// - Returns: why entries were refused, by their index; the others are stored. Entries of an epoch that is over are
    ///   refused with `session_moved`.
    /// - Throws: when the store as a whole does not take anything, such as on a full disk.
    func append(_ entries: [JournalEntry]) async throws -> [Int: any Error]
}

extension JournalStore {
    package var isImmediate: Bool { false }
    package func encoded(_ events: [SessionEvent], _ record: SessionRecord?) -> EncodedEntry? { nil }

    /// Stores one entry.
    ///
    /// - Throws: why it was refused.
    package func append(_ entry: JournalEntry) async throws {
        if let refusal = try await append([entry])[0] { throw refusal }
    }
}

/// Reads journals.
package protocol JournalReader: Sendable {
    /// Events with `after < seq`, oldest first; fewer than `limit` where they are large, but some if there are any.
    func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent]

    /// Events with `seq < before`, the newest of them, oldest first; fewer where they are large, as above.
    func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent]

    /// The oldest `seq` that is still kept; 1 for a journal that is whole, 0 when there is none.
    func firstSeq(of key: SessionKey) async throws -> Int

    /// The newest checkpoint at or before `seq`.
    func checkpoint(of key: SessionKey, at seq: Int) async throws -> SessionFold?

    /// Events of an agent's jobs in all its sessions, newest first, as far as they are kept.
    func tickEvents(of agent: String, limit: Int) async throws -> [(session: String, event: SessionEvent)]
}
