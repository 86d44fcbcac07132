internal import SessionModel

extension SessionStore {
    /// Context and state after the event `seq`: the checkpoint before it, and the events between.
    ///
    /// - Returns: what could be put together; its `seq` is less when the events between are no longer kept, or there are
    ///   none so far.
    func fold(of key: SessionKey, at seq: Int) async throws -> SessionFold {
        try await fold(of: key, at: seq, from: checkpoint(of: key, at: seq))
    }

    /// - Parameter checkpoint: the newest at or before `seq`.
    func fold(of key: SessionKey, at seq: Int, from checkpoint: SessionFold?) async throws -> SessionFold {
        var fold = checkpoint ?? SessionFold()
        while fold.seq < seq {
            let events = try await events(of: key, after: fold.seq, limit: 512)
            guard let first = events.first, first.seq == fold.seq + 1 else { break }
            fold.apply(events.filter { $0.seq <= seq })
        }
        return fold
    }
}
