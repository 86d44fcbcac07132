internal import SessionModel
internal import Synchronization

extension MemoryStore {
    /// Events and exchanges that are looked at for one page, and bytes of their texts.
    private static let (mostSeen, mostBytes) = (20_000, 1 << 20)

    /// Looks through everything, from the newest on, a part at a time: `cursor` is the time up to which it was looked at.
    package func texts(_ query: TextQuery) async throws -> TextPage {
        var before = Int64.max
        if let cursor = query.cursor {
            guard let time = Int64(cursor), NumberRange.time.contains(time) else { throw RuntimeError.cursorInvalid }
            before = time
        }
        var newest = Newest(most: Self.mostSeen)
        journals.withLock { journals in
            for (key, kept) in journals.sessions where query.takes(key) {
                for event in kept.events.reversed() where event.at < before {
                    guard newest.add(.event(key, event)) else { break }
                }
            }
        }
        exchanges.withLock { exchanges in
            for exchange in exchanges.byID.values where exchange.received < before {
                let key = exchange.key ?? SessionKey(agent: exchange.agent, session: "")
                if query.takes(key) { _ = newest.add(.exchange(exchange)) }
            }
        }
        return page(of: newest.sorted(), isAll: !newest.isCut, query.words)
    }

    /// What has the words, of those that are looked at.
    private func page(of seen: [TextPage.Content], isAll: Bool, _ words: SearchWords) -> TextPage {
        var (found, bytes) = ([TextPage.Content](), 0)
        for (index, content) in seen.enumerated() {
            // All of one time belong together, since the next page begins before it.
            if index > 0, seen[index - 1].at != content.at, bytes > Self.mostBytes || index >= Self.mostSeen {
                return TextPage(contents: found, next: "\(seen[index - 1].at)", bytes: bytes)
            }
            let size = content.texts.reduce(0) { $0 + $1.utf8.count }
            guard size > 0 else { continue }
            bytes += size
            let texts = shown.of(content)
            if words.match(texts.joined(separator: "\n")) { found.append(content) }
        }
        let rest = isAll ? nil : seen.last.map { "\($0.at)" }
        return TextPage(contents: found, next: rest, bytes: bytes)
    }
}

/// The newest of many events and exchanges, with all others of the same time as the oldest of them.
private struct Newest {
    let most: Int
    private var contents: [TextPage.Content] = []
    /// What is older is not among them.
    private var oldest = Int64.min
    /// Whether there are older ones.
    private(set) var isCut = false

    init(most: Int) { self.most = most }

    /// - Returns: whether one that is as old may still be among them.
    mutating func add(_ content: TextPage.Content) -> Bool {
        guard content.at >= oldest else {
            isCut = true
            return false
        }
        contents.append(content)
        if contents.count > 2 * most { cut() }
        return true
    }

    private mutating func cut() {
        contents.sort { $0.isNewer(than: $1) }
        oldest = contents[most].at
        guard let end = contents.firstIndex(where: { $0.at < oldest }) else { return }
        contents.removeSubrange(end...)
        isCut = true
    }

    /// Newest first.
    mutating func sorted() -> [TextPage.Content] {
        if contents.count > most + 1 { cut() } else { contents.sort { $0.isNewer(than: $1) } }
        return contents
    }
}
