internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// What was too large for an answer, in pieces.
struct ContentMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.getContent, pace: .oneByOne, run: ContentMethods.getContent)
    ]

    let shared: InspectionMethods

    private var contents: RecentContents { shared.contents }

    func getContent(_ peer: InspectorState, _ params: ContentParams) async throws -> MethodAnswer<ContentPiece> {
        let text = params.ref
        let ref = try ContentRef(parsing: text)
        let (offset, limit) = (params.offset ?? 0, params.limit ?? AnswerBounds.largest)
        let content = try await bodies.run(.asked) {
            let (created, version) = try await stamp(ref)
            return try await self.content(
                of: ref,
                RecentContents.Reader(peer, text, created),
                version,
                isFirst: offset == 0
            )
        }
        let bytes = content.bytes
        guard offset <= bytes.count, offset == bytes.count || !Self.isContinuation(bytes[offset]) else {
            throw RPCError.invalidParams(
                "'offset' is \(offset); it must be 0, or the 'next' of the piece before, at most \(bytes.count)."
            )
        }
        let end = Self.end(of: bytes, from: offset, limit)
        return MethodAnswer(
            ContentPiece(
                ref: text,
                offset: offset,
                bytes: bytes.count,
                encoding: content.isText ? .text : .json,
                text: String(decoding: bytes[offset..<end], as: UTF8.self),
                next: end < bytes.count ? end : nil
            )
        )
    }

    /// Where a piece ends: between two scalars, and within the bytes of an answer, where escaped characters take more.
    private static func end(of bytes: [UInt8], from offset: Int, _ limit: Int) -> Int {
        var end = offset
        var size = 0
        let last = min(bytes.count, offset + limit)
        while end < last, size < AnswerBounds.page {
            size += JSON.escapedSize(bytes[end])
            end += 1
        }
        while end < bytes.count, end > offset, isContinuation(bytes[end]) { end -= 1 }
        return end
    }

    /// When its session was created, and the version of the content; a version of `nil` may change at any time.
    ///
    /// - Throws: ``RuntimeError`` when the session or the exchange does not exist any more.
    private func stamp(_ ref: ContentRef) async throws -> (created: Int64?, version: Int?) {
        switch ref.source {
        case .event(let key, let seq), .message(let key, _, let seq?), .state(let key, let seq):
            try await runtime.checkExists(key)
            return (try await runtime.summary(key)?.times.created, seq)
        case .message(let key, _, nil):
            try await runtime.checkExists(key)
            let summary = try await runtime.summary(key)
            return (summary?.times.created, summary?.seq)
        case .exchange(let id):
            let row = try await runtime.exchangeRow(id)
            let created = if let key = row.key { try await runtime.summary(key)?.times.created } else { nil as Int64? }
            return (created, row.isOpen ? nil : 0)
        }
    }

    /// The whole content, redacted. It is cached for the next pieces, and for a reader who starts again before it changes.
    private func content(
        of ref: ContentRef,
        _ reader: RecentContents.Reader,
        _ version: Int?,
        isFirst: Bool
    ) async throws -> RecentContents.Content {
        if let known = contents.content(for: reader), !isFirst || (version != nil && known.version == version) {
            return known
        }
        let whole = redaction.redacted(try await source(of: ref))
        try Task.checkCancellation()
        guard let value = try? whole.value(at: ref.path) else { throw Self.contentGone }
        let content = RecentContents.Content(
            bytes: Array((value.string ?? value.text).utf8),
            isText: value.string != nil,
            version: version
        )
        contents.keep(content, for: reader)
        return content
    }

    /// Whether a byte of UTF-8 goes on with a scalar.
    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    private func source(of ref: ContentRef) async throws -> JSON {
        switch ref.source {
        case .event(let key, let seq):
            try await runtime.checkExists(key)
            let events = try await runtime.events(of: key, after: seq - 1, limit: 1)
            guard let event = events.first, event.seq == seq else { throw Self.contentGone }
            return event.json
        case .message(let key, let id, let seq):
            let fold =
                if let seq { try await runtime.past(of: key, at: seq) } else { try await runtime.present(of: key) }
            guard let message = fold.messages.last(where: { $0.id.isExactly(id) }) else { throw Self.contentGone }
            return message.json
        case .exchange(let id): return try await runtime.exchange(id).json
        case .state(let key, let seq): return try await runtime.past(of: key, at: seq).state
        }
    }

    private static var contentGone: RPCError {
        .notFound("content_not_found", "The content of 'ref' no longer exists.", hint: "Read the session again.")
    }
}

extension RecentContents.Reader {
    fileprivate init(_ peer: InspectorState, _ ref: String, _ created: Int64?) {
        self.init(peer: ObjectIdentifier(peer), ref: ExactString(ref), created: created)
    }
}
