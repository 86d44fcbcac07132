internal import SessionModel
internal import Synchronization

/// Caches the latest contents of `content.get` for some seconds, so that a large text is prepared once for all pieces.
/// An entry is valid for the reader that began it, until its session is deleted and created again.
final class RecentContents: Sendable {
    struct Content: Sendable {
        let bytes: [UInt8]
        let isText: Bool
        /// What it was made of; `nil` where that may change at any time.
        let version: Int?
    }

    /// Who reads what.
    struct Reader: Sendable, Hashable {
        let peer: ObjectIdentifier
        let ref: ExactString
        /// Of the session that it is of.
        let incarnation: Int64
    }

    private struct Entry {
        let reader: Reader
        let content: Content
        let kept: ContinuousClock.Instant
    }

    private static let most = 4
    private static let time = Duration.seconds(10)

    private let entries = Mutex<[Entry]>([])

    func content(for reader: Reader) -> Content? {
        entries.withLock { entries in
            entries.removeAll { .now - $0.kept > Self.time }
            return entries.first { $0.reader == reader }?.content
        }
    }

    func keep(_ content: Content, for reader: Reader) {
        entries.withLock { entries in
            entries.removeAll { $0.reader == reader || .now - $0.kept > Self.time }
            if entries.count == Self.most { entries.removeFirst() }
            entries.append(Entry(reader: reader, content: content, kept: .now))
        }
    }
}
