/// Where a session's object is between being made and being let go. Pure: the session carries out what ``step(to:)`` says.
enum SessionLifecycle: Sendable {
    /// Not yet looked for in the store.
    case new
    /// Being set up, read, woken, changed by hand or put to sleep; the promise is fulfilled when that is over.
    case changing(Promise<Void, Never>)
    /// Read from the store to be looked at; its agent has not been given its state.
    case asleep
    case awake
    indirect case failed(RuntimeError)
    case ended
    /// Put to sleep, or no longer what the store has: the directory has another object, or none.
    case gone

    /// What a caller needs.
    enum Need: Sendable, Hashable {
        /// What the store has, read; the session may be asleep or have ended.
        case read
        /// An agent that is awake.
        case awake
    }

    enum Step: Sendable {
        /// It is as it is needed.
        case enter
        /// Wait, then ask again.
        case wait(Promise<Void, Never>)
        /// Read it from the store, then ask again.
        case load
        /// Read it from the store or, if it is not there, set it up; then ask again.
        case begin
        /// Give its agent the state, then ask again.
        case wake
        case refuse(Refusal)
    }

    enum Refusal: Sendable, Hashable {
        case ended, gone
        case failed(RuntimeError)
    }

    func step(to need: Need) -> Step {
        switch (self, need) {
        case (.awake, _), (.asleep, .read), (.ended, .read): .enter
        case (.changing(let promise), _): .wait(promise)
        case (.new, .read): .load
        case (.new, .awake): .begin
        case (.asleep, .awake): .wake
        case (.ended, .awake): .refuse(.ended)
        case (.gone, _): .refuse(.gone)
        case (.failed(let error), _): .refuse(.failed(error))
        }
    }

    /// Makes new callers wait until ``settle(_:)``.
    mutating func beginChange() { self = .changing(Promise()) }

    /// Enters the outcome of a change, unless the session was evicted meanwhile; waiting callers ask again.
    mutating func settle(_ outcome: SessionLifecycle) {
        guard case .changing(let promise) = self else { return }
        self = outcome
        promise.finish(.success(()))
    }

    /// It cannot be stored: all callers are refused, also those that wait.
    mutating func fail(_ error: RuntimeError) {
        let before = self
        self = .failed(error)
        if case .changing(let promise) = before { promise.finish(.success(())) }
    }

    var isAwake: Bool { if case .awake = self { true } else { false } }
    var isChanging: Bool { if case .changing = self { true } else { false } }
    var hasEnded: Bool { if case .ended = self { true } else { false } }
    var hasFailed: Bool { if case .failed = self { true } else { false } }
    var isGone: Bool { if case .gone = self { true } else { false } }
}
