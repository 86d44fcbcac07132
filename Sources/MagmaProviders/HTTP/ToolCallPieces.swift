internal import SessionModel

/// Tool calls that arrive in pieces. Servers differ in which of index, id and name a piece has, so a piece is
/// matched to a call: it begins a new one when its id or name differs, or when it has a name and arguments and the call
/// that it would continue already has complete arguments.
struct ToolCallPieces: Sendable {
    private struct Piece {
        var index: Int?
        var id: String
        var name: String
        var arguments: String
        var extra: JSON.Object
        var progress = JSONProgress()

        mutating func add(_ text: String) {
            arguments += text
            progress.add(text)
        }
    }

    /// The prefix of ids that are made up where a provider gives none, or one twice.
    let fallbackID: String
    private var pieces: [Piece] = []
    /// The newest call of each index.
    private var places: [Int: Int] = [:]
    private var ids: [ExactString: Int] = [:]

    init(fallbackID: String) { self.fallbackID = fallbackID }

    /// Takes a piece as the API sends it: `{"index","id","function":{"name","arguments"}, …}`; arguments are JSON text in pieces, or
    /// the object itself.
    mutating func add(_ call: JSON) {
        let index = call.count("index")
        let id = call["id"]?.string ?? ""
        let function = call["function"]
        let name = function?["name"]?.string ?? ""
        let arguments = function?["arguments"].flatMap { $0.isNull ? nil : $0.string ?? $0.text } ?? ""
        guard let place = place(index: index, id: id, name: name, hasArguments: !arguments.isEmpty) else {
            if let index { places[index] = pieces.count }
            if !id.isEmpty { ids[ExactString(id)] = pieces.count }
            pieces.append(Piece(index: index, id: id, name: name, arguments: "", extra: Self.extra(of: call)))
            pieces[pieces.count - 1].add(arguments)
            return
        }
        pieces[place].add(arguments)
        if pieces[place].name.isEmpty { pieces[place].name = name }
        if pieces[place].id.isEmpty { pieces[place].id = id }
        for (name, value) in Self.extra(of: call) { pieces[place].extra[name] = value }
    }

    /// The call that a piece continues; `nil` when it begins a new one.
    private func place(index: Int?, id: String, name: String, hasArguments: Bool) -> Int? {
        let same = id.isEmpty ? nil : ids[ExactString(id)]
        guard let known = index.map({ places[$0] }) ?? same ?? pieces.indices.last else { return nil }
        if !id.isEmpty, !pieces[known].id.isEmpty, !id.isExactly(pieces[known].id) { return nil }
        guard !name.isEmpty, !pieces[known].name.isEmpty else { return known }
        // Some servers repeat the name in each piece.
        let isOther = !name.isExactly(pieces[known].name)
        return isOther || (hasArguments && pieces[known].progress.isWhole) ? nil : known
    }

    /// The other members of a piece.
    private static func extra(of call: JSON) -> JSON.Object {
        var extra = JSON.Object()
        for (name, value) in call.object ?? [:] {
            switch name {
            case "index", "id", "type": continue
            case "function":
                let rest = (value.object ?? [:]).filter { $0.name != "name" && $0.name != "arguments" }
                if !rest.isEmpty { extra[name] = .object(JSON.Object(rest.map { ($0.name, $0.value) })) }
            default: extra[name] = value
            }
        }
        return extra
    }

    var calls: [ToolCall] {
        var seen: Set<ExactString> = []
        return pieces.enumerated().map { position, piece in
            let isOwn = !piece.id.isEmpty && seen.insert(ExactString(piece.id)).inserted
            return ToolCall(
                id: isOwn ? piece.id : "\(fallbackID)_\(position)",
                name: piece.name,
                arguments: Self.arguments(piece.arguments),
                extra: piece.extra
            )
        }
    }

    /// Invalid JSON stays text, so that the check of the arguments reports it to the model.
    private static func arguments(_ text: String) -> JSON {
        if text.isBlank { return [:] }
        return (try? JSON(parsing: text)) ?? .string(text)
    }
}

/// Tracks whether a JSON object that arrives in pieces is complete, without parsing it again.
private struct JSONProgress: Sendable {
    private var depth = 0
    private var isInText = false
    private var isEscaped = false
    private(set) var isWhole = false

    mutating func add(_ text: String) {
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
            } else if isInText {
                isEscaped = byte == UInt8(ascii: "\\")
                if byte == UInt8(ascii: "\"") { isInText = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInText = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth == 0 { isWhole = true }
                default: break
                }
            }
        }
    }
}
