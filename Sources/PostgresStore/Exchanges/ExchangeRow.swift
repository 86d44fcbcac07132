internal import MagmaRuntime
internal import SessionModel

/// An exchange as columns. Whose it is, the columns tell, so that a session which is renamed keeps its exchanges.
struct ExchangeRow {
    /// Bytes of a body from which on lists have a row of their own.
    private static let large = 4096

    /// `id`, `agent`, `session`, `hook`.
    let names: [String?]
    /// `received`, `open`.
    let numbers: [Int64?]
    /// `row`, `body`, `words`.
    let texts: [String?]

    init(_ exchange: Exchange, _ shown: ShownTexts) {
        names = [exchange.id, exchange.agent, exchange.session, exchange.hook]
        numbers = [exchange.received, exchange.isOpen ? 1 : 0]
        let body = exchange.stored.text
        texts = [
            body.utf8.count > Self.large ? exchange.storedRow.text : nil, body,
            SearchVector.of(shown.ofExchange(exchange).indexText),
        ]
    }
}
