internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// Opens the full content at the cursor. Parts that the runtime has not sent yet are fetched first.
enum WholeTexts {
    static func open(_ model: inout InspectorModel) -> [Effect] {
        guard let pane = model.pane, let thing = pane.detail.tabs[pane.detail.tab].selection(in: pane) else {
            return []
        }
        let document = thing.message ?? thing.json
        let parts = CutPart.find(in: document)
        let bytes = parts.reduce(0) { min(Int.max / 2, $0 + $1.bytes) }
        guard bytes <= WholeFetch.maximumBytes else {
            let most = Format.bytes(WholeFetch.maximumBytes)
            model.notices.say(
                .refused,
                "Open: \(Format.bytes(bytes)) exceeds the limit of \(most). Export it (w).",
                at: model.now
            )
            return []
        }
        return goOn(WholeFetch(document, parts, key: pane.detail.key, isMessage: thing.message != nil), &model)
    }

    /// Takes the next piece; shows the document when it is whole.
    private static func took(_ fetch: WholeFetch, _ piece: ContentPiece, _ model: inout InspectorModel) -> [Effect] {
        var fetch = fetch
        guard fetch.key == model.detail?.key else { return [] }
        guard fetch.take(piece) else {
            model.notices.say(
                .failed,
                "Open: the runtime's answer with the rest of the text cannot be read.",
                at: model.now
            )
            return []
        }
        return goOn(fetch, &model)
    }

    private static func goOn(_ fetch: WholeFetch, _ model: inout InspectorModel) -> [Effect] {
        guard let part = fetch.parts.first else {
            if fetch.isMessage, let message = try? Message(json: fetch.document) { return page(message.said) }
            return page(fetch.document.pretty)
        }
        let params = ContentParams {
            ($0.ref, $0.offset, $0.limit) = (part.ref, fetch.next, ContentParams.largestPiece)
        }
        return [model.request(Methods.getContent, params, waiting: "Loading the whole text") { took(fetch, $1, &$0) }]
    }

    private static func page(_ text: String) -> [Effect] {
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
