internal import Synchronization

/// Hands each element to everyone who listens. Each listener has a queue of its own with a bound, so that a slow one costs no
/// more than that and holds nobody up.
package final class Broadcast<Element: Sendable>: Sendable {
    /// What happens to a listener whose queue is full.
    package enum Overflow: Sendable {
        /// It loses the oldest elements, beyond so many.
        case dropOldest(Int)
        /// It is let go: its elements end.
        case letGo(Int)
    }

    private struct State {
        var listeners: [Int: AsyncStream<Element>.Continuation] = [:]
        var count = 0
    }

    private let overflow: Overflow
    private let state = Mutex(State())

    package init(_ overflow: Overflow) { self.overflow = overflow }

    /// How many listen.
    package var count: Int { state.withLock(\.listeners.count) }

    /// Listens from now on, until ``leave(_:)`` or ``finish()``.
    package func listen() -> BroadcastListener<Element> {
        let policy: AsyncStream<Element>.Continuation.BufferingPolicy =
            switch overflow {
            case .dropOldest(let bound): .bufferingNewest(bound)
            case .letGo(let bound): .bufferingOldest(bound)
            }
        let (elements, continuation) = AsyncStream.makeStream(of: Element.self, bufferingPolicy: policy)
        let id = state.withLock { state in
            state.count += 1
            state.listeners[state.count] = continuation
            return state.count
        }
        return BroadcastListener(id: id, elements: elements)
    }

    /// Runs `body` with the elements from now on.
    package func withElements<Value>(_ body: (AsyncStream<Element>) async throws -> Value) async rethrows -> Value {
        let listener = listen()
        defer { leave(listener.id) }
        return try await body(listener.elements)
    }

    package func send(_ element: Element) {
        let listeners = state.withLock(\.listeners)
        for (id, listener) in listeners { hand(element, to: listener, id) }
    }

    /// Hands an element to one listener alone.
    package func send(_ element: Element, to id: Int) {
        guard let listener = state.withLock({ $0.listeners[id] }) else { return }
        hand(element, to: listener, id)
    }

    private func hand(_ element: Element, to listener: AsyncStream<Element>.Continuation, _ id: Int) {
        if case .dropped = listener.yield(element), case .letGo = overflow { leave(id) }
    }

    /// Whether a listener is still there.
    package func has(_ id: Int) -> Bool { state.withLock { $0.listeners[id] != nil } }

    /// Ends a listener's elements.
    package func leave(_ id: Int) { state.withLock { $0.listeners.removeValue(forKey: id) }?.finish() }

    /// Ends everyone's elements.
    package func finish() {
        let listeners = state.withLock { state in
            defer { state.listeners = [:] }
            return state.listeners
        }
        for listener in listeners.values { listener.finish() }
    }
}

/// Someone who listens to a ``Broadcast``.
package struct BroadcastListener<Element: Sendable>: Sendable {
    package let id: Int
    /// What is sent from now on; it ends when the listener leaves or is let go.
    package let elements: AsyncStream<Element>
}
