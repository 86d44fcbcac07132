internal import Inspection
internal import InspectionClient
internal import SessionModel

/// The hook lab: a recorded exchange's request, edited and sent again, and both answers side by side.
struct HookLab: Sendable {
    enum Field: Int, Sendable, CaseIterable {
        case method, target, query, headers, body

        var title: String {
            switch self {
            case .method: "Method"
            case .query: "Query"
            case .headers: "Headers"
            case .body: "Body"
            case .target: "Into"
            }
        }

        /// Whether Enter breaks the line.
        var isLong: Bool { self == .headers || self == .body }
    }

    /// What an exchange changed, once it is known.
    struct Outcome: Sendable {
        var exchange: Exchange
        var changes: [JSONPatch.Step]?
    }

    var original: Outcome
    var replay: Outcome?
    var inputs: [Field: TextInput] = [:]
    var field = Field.body
    /// Which session it would reach, and why; asked of the runtime as the request changes.
    var resolved: String?
    /// Whether the request has changed since ``resolved`` was asked for.
    var isResolving = false
    var isSending = false
    /// Lines of the answers above the first one on the screen.
    var top = 0

    init(_ exchange: Exchange) {
        original = Outcome(exchange: exchange)
        let request = exchange.request
        inputs[.method] = TextInput(request.method)
        inputs[.query] = TextInput(Self.text(of: request.query, "=", "&"))
        inputs[.headers] = TextInput(Self.text(of: request.headers, ": ", "\n"))
        inputs[.body] = TextInput(request.body.map(Self.text) ?? "")
        inputs[.target] = TextInput(proposal: "same")
    }

    private static func text(of fields: JSON.Object, _ between: String, _ after: String) -> String {
        fields.map { "\($0.name)\(between)\($0.value.string ?? $0.value.text)" }.joined(separator: after)
    }

    static func text(of body: RecordedBody) -> String {
        body.encoding == .json ? body.value.pretty : body.value.string ?? ""
    }

    subscript(field: Field) -> String { inputs[field]?.text ?? "" }

    // MARK: What is sent

    /// The request as it is typed.
    ///
    /// - Throws: ``Problem`` that names the field and the place.
    func request() throws(Problem) -> RecordedRequest {
        var request = original.exchange.request
        request.method = self[.method].trimmed.uppercased()
        guard ["GET", "POST"].contains(request.method) else {
            throw Problem(field: .method, text: "A hook takes GET or POST.")
        }
        request.query = try fields(.query, between: "=", after: "&")
        request.headers = try fields(.headers, between: ":", after: "\n")
        request.body = try body()
        return request
    }

    private func fields(_ field: Field, between: Character, after: Character) throws(Problem) -> JSON.Object {
        var object: JSON.Object = [:]
        for (index, line) in self[field].split(separator: after).enumerated() {
            let parts = line.split(separator: between, maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0]).trimmed
            guard !name.isEmpty, field == .query || parts.count == 2 else {
                throw Problem(field: field, text: "\(index + 1). '\(line)' is not NAME\(between)VALUE.")
            }
            object[name] = .string(parts.count == 2 ? String(parts[1]).trimmed : "")
        }
        return object
    }

    private func body() throws(Problem) -> RecordedBody? {
        let text = self[.body]
        if let body = original.exchange.request.body, !CutPart.find(in: body.value).isEmpty {
            if text == Self.text(of: body) { return body }
            throw Problem(field: .body, text: "The body is too large to edit here; it is sent unchanged.")
        }
        guard !text.trimmed.isEmpty else { return nil }
        let encoding = original.exchange.request.body?.encoding ?? .json
        guard encoding == .json else { return RecordedBody(.string(text), encoding) }
        do { return RecordedBody(try JSON(parsing: text), .json) } catch {
            throw Problem(field: .body, text: "This is not JSON: \(error)")
        }
    }

    struct Problem: Error, Sendable, Hashable {
        let field: Field
        let text: String
    }

    var problem: Problem? {
        do {
            _ = try request()
            return nil
        } catch { return error }
    }

    /// Only the changed members, so that values that the runtime redacts stay as they were.
    func edits() throws(Problem) -> JSON {
        let (new, old) = (try request(), original.exchange.request)
        var edits: JSON.Object = [:]
        if new.method != old.method { edits["method"] = .string(new.method) }
        if new.query != old.query { edits["query"] = .object(new.query) }
        if new.headers != old.headers { edits["headers"] = .object(new.headers) }
        if new.body != old.body {
            edits["body"] = new.body?.value ?? .null
            if let encoding = new.body?.encoding { edits["encoding"] = .string(encoding.rawValue) }
        }
        return .object(edits)
    }

    // MARK: What came of it

    /// A line of one answer beside that of the other; `nil` where it has none.
    struct Pair: Sendable, Hashable {
        var old: String?
        var new: String?
        var isSame: Bool { old == new }
    }

    /// Two texts line by line, what is the same beside each other.
    static func pairs(_ old: [String], _ new: [String]) -> [Pair] {
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var pairs: [Pair] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            let isGone = left < old.count && removed.contains(left)
            let isNew = right < new.count && inserted.contains(right)
            if isGone || isNew {
                pairs.append(Pair(old: isGone ? old[left] : nil, new: isNew ? new[right] : nil))
                left += isGone ? 1 : 0
                right += isNew ? 1 : 0
            } else {
                pairs.append(Pair(old: left < old.count ? old[left] : nil, new: right < new.count ? new[right] : nil))
                left += 1
                right += 1
            }
        }
        return pairs
    }
}

extension HookLab.Outcome {
    /// Which parts of two outcomes differ; changes count once both are known.
    func differences(from other: Self) -> [String] {
        let (old, new) = (exchange.response, other.exchange.response)
        var parts: [String] = []
        if old?.status != new?.status { parts.append("status") }
        if old?.headers != new?.headers { parts.append("headers") }
        if old?.body != new?.body { parts.append("body") }
        if let changes, let others = other.changes, changes != others { parts.append("changes") }
        return parts
    }

    /// Status, headers, body, and what it changed.
    var lines: [String] {
        guard let response = exchange.response else { return ["no answer"] + (exchange.error.map { [$0] } ?? []) }
        var lines = ["status \(response.status)"]
        if let error = exchange.error { lines.append("error \(error)") }
        lines += response.headers.map { "\($0.name): \($0.value.string ?? $0.value.text)" }
        if let body = response.body {
            lines += HookLab.text(of: body).split(separator: "\n", omittingEmptySubsequences: false).prefix(500).map(
                String.init
            )
        }
        lines.append("changed")
        guard let changes else { return lines + ["  …"] }
        return lines + (changes.isEmpty ? ["  nothing"] : changes.map { "  \($0.words)" })
    }
}
