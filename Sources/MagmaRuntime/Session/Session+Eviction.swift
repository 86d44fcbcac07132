internal import Logging
internal import Magma
internal import SessionModel

/// Letting go of a session whose memory is not what the store has.
extension Session {
    /// Evicts the session, because memory differs from the store; the next access reads it from the store.
    func evictFailed(_ error: RuntimeError) {
        guard !hasFailed else { return }
        buffer.forget()
        turns.cancelAll()
        clients?.finish()
        lifecycle.fail(error)
        // Of one that another process has, the store knows more; one that could not be stored is read again here.
        if writing.isStored, !error.isOfAnotherNode { return directory.evict(self) }
        directory.remove(self)
        directory.index.remove(key)
    }

    /// Evicts the session when something of it that nobody waits for could not be stored; it is read again as it is stored.
    func evictIfUnstored() -> Bool {
        guard lifecycle.isAwake, let failure = writing.queue.failure else { return false }
        services.log.error("Events could not be stored", metadata: ["session": "\(key)", "error": "\(failure)"])
        evictFailed(.storeFailed(failure))
        return true
    }

    /// Lets go of it as it is: other processes have taken it over. What runs in it is cancelled.
    func drop(because error: RuntimeError) {
        guard !lifecycle.isGone else { return }
        evictFailed(error)
        services.feed.dismiss(key)
    }

    /// Lets go of a copy that was read to be looked at, unless it is still as the store has it.
    ///
    /// - Parameter place: `nil` when there is none any more.
    func letGo(unlessAt place: StoredPlace?) {
        guard writing.epoch == nil, !lifecycle.isChanging, !lifecycle.isAwake else { return }
        guard place?.owner != .nobody || place?.identity != writing.identity || place?.seq != fold.seq else { return }
        lifecycle = .gone
        directory.remove(self)
    }
}
