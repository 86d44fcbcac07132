internal import SessionModel

extension SessionEvent {
    /// Bytes of an id that was not made here: of a message, a turn, an exchange.
    static let longestID = 512

    /// An id that is longer than any runtime makes one; it would come whole with every answer.
    var longID: String? {
        let own: String? =
            switch body {
            case .messageAdded(let message), .messageChanged(let message): message.id
            case .messageRemoved(let id): id
            case .hookReceived(let exchange, _): exchange
            case .hookAnswered(let exchange, _, _, _, _): exchange
            default: nil
            }
        return [own, turn].compactMap(\.self).first { $0.utf8.count > Self.longestID }
    }
}
