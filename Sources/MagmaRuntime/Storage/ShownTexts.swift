package import SessionModel

/// The texts that inspectors may find of events and exchanges: what is hidden from them is left out. A store looks for words in
/// nothing else, so that not even the time which a search takes tells what is hidden.
package struct ShownTexts: Sendable {
    /// Of the rules; an index that was built by others is built again.
    package let name: String
    package let ofEvent: @Sendable (SessionEvent) -> [String]
    package let ofExchange: @Sendable (Exchange) -> [String]

    package init(
        name: String,
        ofEvent: @escaping @Sendable (SessionEvent) -> [String],
        ofExchange: @escaping @Sendable (Exchange) -> [String]
    ) {
        self.name = name
        self.ofEvent = ofEvent
        self.ofExchange = ofExchange
    }

    /// Nothing is hidden.
    package static let all = ShownTexts(name: "all", ofEvent: { $0.searchTexts }, ofExchange: { $0.searchTexts })

    package func of(_ content: TextPage.Content) -> [String] {
        switch content {
        case .event(_, let event): ofEvent(event)
        case .exchange(let exchange): ofExchange(exchange)
        }
    }
}
