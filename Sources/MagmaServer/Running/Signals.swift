internal import Dispatch
internal import Foundation
internal import ServiceLifecycle
internal import Synchronization

/// SIGTERM and SIGINT: the first one stops gracefully, the second one at once.
enum Signals {
    /// How long stopping may take: what runs has nine seconds of it, the rest is for storing and for closing connections.
    static let patience = DispatchTimeInterval.seconds(10)

    /// - Parameter giveUp: called when `body` has not returned that long after the first signal, since something computes
    ///   and does not mind that it should end.
    static func stopping(
        _ group: ServiceGroup,
        within patience: DispatchTimeInterval = patience,
        giveUp: @escaping @Sendable () -> Void,
        while body: () async throws -> Void
    ) async throws {
        let count = Mutex(0)
        let isOver = Mutex(false)
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                let isFirst = count.withLock { count in
                    count += 1
                    return count == 1
                }
                guard isFirst else { _exit(128 + number) }
                Task { await group.triggerGracefulShutdown() }
                DispatchQueue.global().asyncAfter(deadline: .now() + patience) {
                    if !isOver.withLock({ $0 }) { giveUp() }
                }
            }
            return source
        }
        // A signal that comes before its source is in place would be lost.
        for source in sources {
            await withCheckedContinuation { continuation in
                source.setRegistrationHandler { continuation.resume() }
                source.resume()
            }
        }
        defer {
            isOver.withLock { $0 = true }
            sources.forEach { $0.cancel() }
        }
        try await body()
    }
}
