internal import DequeModule
internal import Inspection
internal import SessionModel
internal import Synchronization

/// Notifications that have not been read yet, in order. One task adds them and waits while there are too many, so that
/// the socket is read no faster than they are used; one task takes them.
final class NotificationInbox: Sendable {
    typealias Told = (method: InspectionNotification, params: JSON)

    private struct State {
        var told: Deque<Told> = []
        var end: (any Error)?
        var reader: CheckedContinuation<Told, any Error>?
        var adder: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let limit: Int
    private let largest: Int

    /// - Parameters:
    ///   - limit: how many may wait before the task that adds them does.
    ///   - largest: how many may wait at all, where an answer is awaited behind them.
    init(limit: Int = 256, largest: Int = 65_536) {
        self.limit = limit
        self.largest = largest
    }

    /// Adds one, and returns when there is room for another.
    ///
    /// - Parameter isUrgent: whether it must return at once.
    /// - Returns: false where so many wait that nobody will read them.
    func add(_ told: Told, isUrgent: () -> Bool) async -> Bool {
        let (reader, count) = state.withLock { state in
            guard state.end == nil else { return (nil, 0) as (CheckedContinuation<Told, any Error>?, Int) }
            let reader = state.reader
            state.reader = nil
            if reader == nil { state.told.append(told) }
            return (reader, state.told.count)
        }
        reader?.resume(returning: told)
        guard count <= largest else { return false }
        guard count > limit, !isUrgent() else { return true }
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                guard state.told.count > limit, state.end == nil else { return false }
                state.adder = continuation
                return true
            }
            if !mustWait { continuation.resume() }
        }
        return true
    }

    /// Lets the task that adds go on.
    ///
    /// - Returns: whether it waited.
    @discardableResult
    func makeRoom() -> Bool {
        let adder = state.withLock { state in
            defer { state.adder = nil }
            return state.adder
        }
        adder?.resume()
        return adder != nil
    }

    func next() async throws -> Told {
        let adder: CheckedContinuation<Void, Never>?
        let known: Told?
        (known, adder) = state.withLock { state in
            let known = state.told.popFirst()
            guard state.told.count <= limit else { return (known, nil) }
            defer { state.adder = nil }
            return (known, state.adder)
        }
        adder?.resume()
        if let known { return known }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ready: Result<Told, any Error>? = state.withLock { state in
                    if let told = state.told.popFirst() { return .success(told) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if let end = state.end { return .failure(end) }
                    state.reader = continuation
                    return nil
                }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(throwing: CancellationError())
        }
    }

    /// Nothing comes any more; what has come can still be read.
    func end(_ error: any Error) {
        let (reader, adder) = state.withLock { state in
            if state.end == nil { state.end = error }
            defer { (state.reader, state.adder) = (nil, nil) }
            return (state.reader, state.adder)
        }
        reader?.resume(throwing: error)
        adder?.resume()
    }

    func close() { end(CancellationError()) }
}
