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
            let version = try await version(of: ref)
            return try await self.content(
                of: ref,
                RecentContents.Reader(peer, text, try await incarnation(of: ref)),
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

    /// The version of the content; `nil` for one that may change at any time.
    ///
    /// - Throws: ``RuntimeError`` when the session or the exchange does not exist any more.
    private func version(of ref: ContentRef) async throws -> Int? {
        switch ref.source {
        case .event(let key, let seq), .message(let key, _, let seq?), .state(let key, let seq):
            try await runtime.checkExists(key)
            return seq
        case .message(let key, _, nil):
            try await runtime.checkExists(key)
            return try await runtime.summary(key)?.seq
        case .exchange(let id): return try await runtime.exchangeRow(id).isOpen ? nil : 0
        }
    }

    /// Tells its session from others that had or will have the same id: a number that nobody outside can choose.
    private func incarnation(of ref: ContentRef) async throws -> Int64 {
        let key: SessionKey? =
            switch ref.source {
            case .event(let key, _), .message(let key, _, _), .state(let key, _): key
            case .exchange(let id): try await runtime.exchangeRow(id).key
            }
        guard let key else { return 0 }
        return try await runtime.place(of: key)?.identity ?? Int64(runtime.feed.dismissals)
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
        let source = try await source(of: ref)
        // All of a state is what agents and their clients have made.
        let whole = if case .state = ref.source { redaction.cleaned(state: source) } else { redaction.redacted(source) }
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
    fileprivate init(_ peer: InspectorState, _ ref: String, _ incarnation: Int64) {
        self.init(peer: ObjectIdentifier(peer), ref: ExactString(ref), incarnation: incarnation)
    }
}
