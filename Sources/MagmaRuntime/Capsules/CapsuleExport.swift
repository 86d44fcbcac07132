package import SessionModel

/// Writes a session as a capsule, piece by piece, as it is at this moment.
package struct CapsuleExport: Sendable {
    private let runtime: Runtime
    private let key: SessionKey
    private var store: any SessionStore { runtime.store }

    package init(_ key: SessionKey, of runtime: Runtime) {
        self.runtime = runtime
        self.key = key
    }

    /// - Parameters:
    ///   - clean: applied to whatever leaves, so that secrets can be taken out.
    ///   - bytes: of a piece, about.
    ///   - emit: takes the next piece of the document; how many of its events are written, and of how many.
    package func write(
        clean: (JSON) -> JSON,
        every bytes: Int = 256 << 10,
        _ emit: (_ text: String, _ events: Int, _ of: Int) async throws -> Void
    ) async throws {
        let record = try await runtime.directory.withSession(key, .viewing) { session in
            let record = await session.record
            // What was recorded just now may still be on its way to the store.
            try await session.store()
            return record
        }
        let last = record.summary.seq
        let first = max(1, try await store.firstSeq(of: key))
        let count = max(0, last - first + 1)
        var writer = CapsuleText(piece: bytes)
        for (name, value) in clean(CapsuleHeader(record, events: count).json).object ?? [:] {
            writer.member(name, value)
        }
        writer.begin("exchanges")
        for id in try await exchangeIDs() {
            guard var exchange = try await store.exchange(id) else { continue }
            exchange.session = nil
            writer.item(clean(exchange.capsuleForm))
            if writer.isLong { try await emit(writer.take(), 0, count) }
        }
        writer.end()
        writer.begin("snapshots")
        for summary in try await store.snapshots(of: key) where summary.seq <= last {
            guard let snapshot = try await store.snapshot(summary.name, of: key) else { continue }
            writer.item(clean(snapshot.capsuleForm))
            if writer.isLong { try await emit(writer.take(), 0, count) }
        }
        writer.end()
        let base = first == 1 ? nil : try await store.checkpoint(of: key, at: first - 1)
        if let base { writer.member("base", clean(base.json)) }
        writer.begin("events")
        var cursor = first - 1
        while cursor < last {
            let events = try await store.events(of: key, after: cursor, limit: min(256, last - cursor))
            guard let end = events.last else { throw RuntimeError.deletedMeanwhile(key) }
            for event in events {
                writer.item(clean(event.json))
                if writer.isLong { try await emit(writer.take(), event.seq - first + 1, count) }
            }
            cursor = end.seq
        }
        writer.end()
        // Deleted meanwhile, or another one under its key: what was written is of two sessions, or not whole.
        guard try await runtime.summary(key)?.times.created == record.summary.times.created else {
            throw RuntimeError.deletedMeanwhile(key)
        }
        try await emit(writer.take() + "}\n", count, count)
    }

    /// Oldest first.
    private func exchangeIDs() async throws -> [String] {
        var ids: [String] = []
        while true {
            let page = try await store.exchanges(
                agent: key.agent,
                session: key.session,
                hook: nil,
                before: ids.last,
                limit: 16
            )
            ids += page.map(\.id)
            if page.count < 16 { return ids.reversed() }
        }
    }
}

/// The text of a capsule as it grows: a member or an item a line.
private struct CapsuleText {
    private var text = "{"
    private var isFirst = true
    private let piece: Int

    init(piece: Int) { self.piece = piece }

    /// Whether there is enough text for a piece.
    var isLong: Bool { text.utf8.count >= piece }

    mutating func member(_ name: String, _ value: JSON) {
        text += (isFirst ? "" : ",\n") + JSON.string(name).text + ":" + value.text
        isFirst = false
    }

    mutating func begin(_ name: String) {
        text += (isFirst ? "" : ",\n") + JSON.string(name).text + ":["
        isFirst = true
    }

    mutating func item(_ value: JSON) {
        text += (isFirst ? "\n" : ",\n") + value.text
        isFirst = false
    }

    mutating func end() {
        text += isFirst ? "]" : "\n]"
        isFirst = false
    }

    mutating func take() -> String {
        defer { text = "" }
        return text
    }
}
