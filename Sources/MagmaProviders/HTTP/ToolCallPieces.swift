internal import SessionModel

/// Tool calls that come in pieces: a piece with an id of its own begins a call, others go on with the one of their index.
struct ToolCallPieces: Sendable {
    private struct Piece {
        var index: Int
        var id: String
        var name: String
        var arguments: String
    }

    /// Where a provider gives no ids, they begin with this.
    let fallbackID: String
    private var pieces: [Piece] = []
    /// The newest piece of each index.
    private var places: [Int: Int] = [:]

    init(fallbackID: String) { self.fallbackID = fallbackID }

    /// - Parameter arguments: JSON text in pieces, or the object itself, as some servers send it.
    mutating func add(index: Int?, id: String?, name: String?, arguments: JSON?) {
        let index = index ?? pieces.count
        let text = arguments?.string ?? arguments.flatMap { $0.isNull ? nil : $0.text } ?? ""
        guard let known = places[index], id.map({ $0.isEmpty || $0.isExactly(pieces[known].id) }) ?? true else {
            places[index] = pieces.count
            pieces.append(Piece(index: index, id: id ?? "", name: name ?? "", arguments: text))
            return
        }
        pieces[known].arguments += text
        if pieces[known].name.isEmpty { pieces[known].name = name ?? "" }
    }

    var calls: [ToolCall] {
        pieces.enumerated().map { position, piece in
            ToolCall(
                id: piece.id.isEmpty ? "\(fallbackID)_\(position)" : piece.id,
                name: piece.name,
                arguments: Self.arguments(piece.arguments)
            )
        }
    }

    /// What is not JSON stays text, so that the check of the arguments tells the model.
    private static func arguments(_ text: String) -> JSON {
        if text.allSatisfy(\.isWhitespace) { return [:] }
        return (try? JSON(parsing: text)) ?? .string(text)
    }
}
