internal import CPostgres
internal import Dispatch
internal import Glibc

/// libpq's connection with the dispatch sources that watch its socket. All of it is used on one queue only.
final class Link {
    let pq: LibPQ
    let connection: OpaquePointer
    private let socket: Int32
    private let reads: any DispatchSourceRead
    private let writes: any DispatchSourceWrite
    private let clock: any DispatchSourceTimer
    private let complaints: Complaints
    private var isWriting = false
    private var isClosed = false

    /// - Parameters:
    ///   - readable: the server has sent something, or is gone.
    ///   - writable: called while ``watchWrites(_:)`` wants it, when more can be sent.
    ///   - tick: each quarter of a second.
    init(
        _ opened: OpenedConnection,
        _ pq: LibPQ,
        on queue: DispatchQueue,
        readable: @escaping @Sendable () -> Void,
        writable: @escaping @Sendable () -> Void,
        tick: @escaping @Sendable () -> Void
    ) {
        self.pq = pq
        connection = opened.pointer
        socket = opened.socket
        reads = DispatchSource.makeReadSource(fileDescriptor: socket, queue: queue)
        writes = DispatchSource.makeWriteSource(fileDescriptor: socket, queue: queue)
        clock = DispatchSource.makeTimerSource(queue: queue)
        reads.setEventHandler(handler: readable)
        writes.setEventHandler(handler: writable)
        clock.setEventHandler(handler: tick)
        clock.schedule(deadline: .now() + .milliseconds(250), repeating: .milliseconds(250), leeway: .milliseconds(50))
        complaints = Complaints(pq)
        complaints.listen(to: connection)
        reads.resume()
        clock.resume()
    }

    deinit { close() }

    var problem: String { pq.problem(of: connection) }

    /// Whether something came that nobody had asked for.
    var isConfused: Bool { complaints.hasAny }

    var isBroken: Bool { pq.PQstatus(connection) != LIBPQ_CONNECTION_OK.rawValue }

    func watchWrites(_ isWanted: Bool) {
        guard isWanted != isWriting else { return }
        isWriting = isWanted
        if isWanted { writes.resume() } else { writes.suspend() }
    }

    /// Closes the socket once neither source can be called any more: sources must be cancelled before, and one that is
    /// suspended must not be released.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        let closing = Closing(pq: pq, connection: connection, socket: socket, complaints: complaints)
        let left = DispatchGroup()
        for source in [reads, writes, clock] as [any DispatchSourceProtocol] {
            left.enter()
            source.setCancelHandler { left.leave() }
            source.cancel()
        }
        if !isWriting { writes.resume() }
        left.notify(queue: .global()) { closing.finish() }
    }

    // Why unchecked: it holds a pointer of C and what listens to it. It runs after all sources are cancelled, so that nothing else uses
    // them.
    private struct Closing: @unchecked Sendable {
        let pq: LibPQ
        let connection: OpaquePointer
        let socket: Int32
        let complaints: Complaints

        func finish() {
            withExtendedLifetime(complaints) { pq.PQfinish(connection) }
            _ = Glibc.close(socket)
        }
    }
}

/// Notices of a connection. The server's say nothing that matters here; libpq's own, which have no code, are of messages that it
/// did not expect, and skips.
private final class Complaints {
    private let pq: LibPQ
    private(set) var hasAny = false

    init(_ pq: LibPQ) { self.pq = pq }

    /// Without it libpq writes them to stderr. This object must stay until the connection is finished.
    func listen(to connection: OpaquePointer) {
        let listener = Unmanaged.passUnretained(self).toOpaque()
        let receiver: PQnoticeReceiver = { listener, notice in
            guard let listener else { return }
            let complaints = Unmanaged<Complaints>.fromOpaque(listener).takeUnretainedValue()
            let code = complaints.pq.PQresultErrorField(notice, Int32(UnicodeScalar("C").value))
            if code == nil { complaints.hasAny = true }
        }
        _ = pq.PQsetNoticeReceiver(connection, receiver, listener)
    }
}
