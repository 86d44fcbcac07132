internal import SessionModel
internal import Synchronization

/// What `content.get` was asked for last, for some seconds: reading a large text in pieces prepares it once.
final class RecentContents: Sendable {
    struct Content: Sendable {
        let bytes: [UInt8]
        let isText: Bool
    }

    private struct Entry {
        let ref: ExactString
        let content: Content
        let kept: ContinuousClock.Instant
    }

    private static let most = 4
    private static let time = Duration.seconds(10)

    private let entries = Mutex<[Entry]>([])

    func content(of ref: String) -> Content? {
        entries.withLock { entries in
            entries.removeAll { .now - $0.kept > Self.time }
            return entries.first { $0.ref == ExactString(ref) }?.content
        }
    }

    func keep(_ content: Content, of ref: String) {
        entries.withLock { entries in
            entries.removeAll { $0.ref == ExactString(ref) || .now - $0.kept > Self.time }
            if entries.count == Self.most { entries.removeFirst() }
            entries.append(Entry(ref: ExactString(ref), content: content, kept: .now))
        }
    }
}
