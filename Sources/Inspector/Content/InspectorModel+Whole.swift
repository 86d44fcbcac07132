internal import Inspection
internal import SessionModel
internal import Terminal

/// Opens the full content at the cursor. Parts that the runtime has not sent yet are fetched first.
extension InspectorModel {
    mutating func openWhole() -> [Effect] {
        guard let pane, let thing = pane.detail.tabs[pane.detail.tab].selection(in: pane) else { return [] }
        let document = thing.message ?? thing.json
        let parts = CutPart.find(in: document)
        let bytes = parts.reduce(0) { min(Int.max / 2, $0 + $1.bytes) }
        guard bytes <= WholeFetch.maximumBytes else {
            let most = Format.bytes(WholeFetch.maximumBytes)
            notices.say(
                .refused,
                "Open: \(Format.bytes(bytes)) exceeds the limit of \(most). Export it (w).",
                at: now
            )
            return []
        }
        return goOn(WholeFetch(document, parts, key: pane.detail.key, isMessage: thing.message != nil))
    }

    /// Takes the next piece; shows the document when it is whole.
    private mutating func tookContent(_ fetch: WholeFetch, _ piece: ContentPiece) -> [Effect] {
        var fetch = fetch
        guard fetch.key == detail?.key else { return [] }
        guard fetch.take(piece) else {
            notices.say(.failed, "Open: the runtime's answer with the rest of the text cannot be read.", at: now)
            return []
        }
        return goOn(fetch)
    }

    private mutating func goOn(_ fetch: WholeFetch) -> [Effect] {
        guard let part = fetch.parts.first else {
            if fetch.isMessage, let message = try? Message(json: fetch.document) { return page(message.said) }
            return page(fetch.document.pretty)
        }
        let params = ContentParams {
            ($0.ref, $0.offset, $0.limit) = (part.ref, fetch.next, ContentParams.largestPiece)
        }
        return [request(Methods.getContent, params, waiting: "Loading the whole text") { $0.tookContent(fetch, $1) }]
    }

    private func page(_ text: String) -> [Effect] {
        [.page(SafeText.lines(text).map(\.string).joined(separator: "\n"))]
    }
}

extension SessionDetail {
    /// Keeps what is known of messages that were too large for an answer.
    mutating func noteCuts(in messages: some Sequence<JSON>) {
        for json in messages {
            guard let id = json["id"]?.string else { continue }
            if CutPart.find(in: json).isEmpty { cutMessages.removeValue(forKey: id) } else { cutMessages[id] = json }
        }
    }
}
