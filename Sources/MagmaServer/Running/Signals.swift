internal import Dispatch
internal import Foundation
internal import ServiceLifecycle
internal import Synchronization

/// The descriptors of a pipe: a signal's handler may do little more than write a byte.
private let signalPipe: (read: Int32, write: Int32) = {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return (-1, -1) }
    for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    return (ends[0], ends[1])
}()
private let signalEnd = Atomic<Int32>(-1)

/// SIGTERM, SIGINT and SIGHUP (the terminal was closed): the first one stops gracefully, the second one at once.
package enum Signals {
    private static let numbers = [SIGTERM, SIGINT, SIGHUP]

    /// Notes signals from now on, so that one that comes while the process starts is obeyed once it has.
    package static func note() {
        signalEnd.store(signalPipe.write, ordering: .relaxed)
        for number in numbers where !(number == SIGHUP && isIgnored(number)) {
            signal(number) { number in
                let error = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(signalEnd.load(ordering: .relaxed), &byte, 1)
                errno = error
            }
        }
    }

    /// Whether the process was started with the signal ignored, as `nohup` does it.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0, let handler = action.__sigaction_handler.sa_handler else {
            return false
        }
        // Functions of C have no `==`: their addresses are compared.
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// How long stopping may take: what runs has nine seconds of it, the rest is for storing and for closing connections.
    static let patience = DispatchTimeInterval.seconds(10)

    /// - Parameter giveUp: called when `body` has not returned that long after the first signal, because some code
    ///   ignores cancellation.
    static func stopping(
        _ group: ServiceGroup,
        within patience: DispatchTimeInterval = patience,
        giveUp: @escaping @Sendable () -> Void,
        while body: () async throws -> Void
    ) async throws {
        let count = Mutex(0)
        let isOver = Mutex(false)
        note()
        let source = DispatchSource.makeReadSource(fileDescriptor: signalPipe.read, queue: .global())
        source.setEventHandler {
            var number: UInt8 = 0
            while read(signalPipe.read, &number, 1) == 1 {
                let isFirst = count.withLock { count in
                    count += 1
                    return count == 1
                }
                guard isFirst else { _exit(128 + Int32(number)) }
                Task { await group.triggerGracefulShutdown() }
                DispatchQueue.global().asyncAfter(deadline: .now() + patience) {
                    if !isOver.withLock({ $0 }) { giveUp() }
                }
            }
        }
        source.resume()
        defer {
            isOver.withLock { $0 = true }
            source.cancel()
        }
        try await body()
    }
}
