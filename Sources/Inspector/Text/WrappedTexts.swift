internal import SessionModel
internal import Synchronization
internal import Terminal

/// A cache of long texts as lines of a width. One key draws a message several times, and wrapping 20,000 characters again
/// each time takes longer than a person waits for a key.
final class WrappedTexts: Sendable {
    static let shared = WrappedTexts()

    private struct Key: Hashable {
        // By bytes: hashing by Unicode takes long for what combines.
        let text: ExactString
        let width: Int
        let limit: Int
    }

    private struct Cache {
        var lines: [Key: [SafeText]] = [:]
        /// The least recently added first.
        var order: [Key] = []
    }

    /// Bytes of a text below which it is wrapped each time.
    private static let least = 2000
    /// Few: each may take half a megabyte.
    private static let maximum = 8

    private let cache = Mutex(Cache())

    /// - Parameter limit: characters of the text that are shown.
    func lines(of text: String, width: Int, limit: Int) -> [SafeText] {
        guard text.utf8.count >= Self.least else { return Self.wrapped(text, width, limit) }
        let key = Key(text: ExactString(text), width: width, limit: limit)
        if let known = cache.withLock({ $0.lines[key] }) { return known }
        let lines = Self.wrapped(text, width, limit)
        cache.withLock { cache in
            guard cache.lines.updateValue(lines, forKey: key) == nil else { return }
            cache.order.append(key)
            if cache.order.count > Self.maximum { cache.lines[cache.order.removeFirst()] = nil }
        }
        return lines
    }

    private static func wrapped(_ text: String, _ width: Int, _ limit: Int) -> [SafeText] {
        let shown = text.utf8.count > limit ? String(text.prefix(limit)) : text
        return SafeText.lines(shown).flatMap { $0.wrapped(to: max(1, width)) }
    }
}
