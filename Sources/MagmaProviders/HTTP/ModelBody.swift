internal import AsyncHTTPClient
internal import NIOCore
internal import Synchronization

/// The body of a model's answer as it arrives. It need not be read to its end: what follows the end of an answer is
/// drained for a moment, so that the connection can be reused.
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

    /// Limits on draining what nobody reads any more: bytes and time.
    private static let drainedBytes = 64 << 10
    private static let drainTime = Duration.seconds(1)

    /// - Parameter limit: maximum bytes to read; ``pieces`` throws ``ServerSentEvents/TooLong`` for more.
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

    /// Called when nobody reads any more: drains what still arrives, for a moment.
    func drain() {
        left.lower(to: Self.drainedBytes)
        Task { [reader] in
            try? await Task.sleep(for: Self.drainTime)
            reader.cancel()
        }
    }

    func cancel() { reader.cancel() }
}
