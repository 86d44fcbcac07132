internal import Dispatch
internal import Foundation
internal import ServiceLifecycle
internal import Synchronization

/// SIGTERM and SIGINT: the first one stops gracefully, the second one at once.
enum Signals {
    static func stopping(_ group: ServiceGroup, while body: () async throws -> Void) async throws {
        let count = Mutex(0)
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
            }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        try await body()
    }
}
