internal import AsyncHTTPClient
internal import NIOCore
internal import Synchronization

/// The body of a model's answer as it comes in. It need not be read to its end: what comes behind the end of an answer is read
/// aside for a moment, so that the connection can be used again.
final class ModelBody: Sendable {
    /// What comes in; it ends with the body, or with ``end(after:)``.
    let pieces: AsyncThrowingStream<ByteBuffer, any Error>

    private let continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation
    private let reader: Task<Void, Never>
    private let left: Left

    /// Bytes that may still come.
    private final class Left: Sendable {
        private let bytes: Mutex<Int>
        init(_ bytes: Int) { self.bytes = Mutex(bytes) }

        func take(_ count: Int) -> Bool {
            bytes.withLock { bytes in
                bytes -= count
                return bytes >= 0
            }
        }
        func lower(to limit: Int) { bytes.withLock { $0 = min($0, limit) } }
    }

    /// Bytes, and the time, for which is read what nobody needs any more.
    private static let drainedBytes = 64 << 10
    private static let drainTime = Duration.seconds(1)

    /// - Parameter limit: bytes that are read at most; ``pieces`` throws ``ServerSentEvents/TooLong`` for more.
    init(_ body: HTTPClientResponse.Body, limit: Int) {
        let (pieces, continuation) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
        let left = Left(limit)
        self.pieces = pieces
        self.continuation = continuation
        self.left = left
        reader = Task {
            do {
                for try await piece in body {
                    guard left.take(piece.readableBytes) else { throw ServerSentEvents.TooLong() }
                    continuation.yield(piece)
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
    }

    /// Ends ``pieces`` if nothing ends it within some time.
    func end(after time: Duration) {
        Task { [continuation] in
            try? await Task.sleep(for: time)
            continuation.finish()
        }
    }

    /// Nobody reads any more: what still comes is read for a moment.
    func drain() {
        left.lower(to: Self.drainedBytes)
        Task { [reader] in
            try? await Task.sleep(for: Self.drainTime)
            reader.cancel()
        }
    }

    func cancel() { reader.cancel() }
}
