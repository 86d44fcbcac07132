internal import SessionModel

/// Ways in which JSON says what a value is called elsewhere than in the value's own member.
extension Redaction {
    /// Members that hold the name of what another member holds: `{"name": "password", "value": …}`, in any case.
    private static let labels: Set<ExactString> = [
        "name", "key", "field", "header", "param", "parameter", "label", "variable", "attribute", "k", "title", "id",
        "type", "question",
    ]
    private static let values: Set<ExactString> = [
        "value", "val", "v", "values", "stringvalue", "string_value", "valuestring",
    ]
    /// Members that hold the names of columns, and those that hold rows.
    private static let columns: Set<ExactString> = ["columns", "cols", "fields", "headers", "header", "keys"]
    private static let rows: Set<ExactString> = ["rows", "values", "data", "records"]
    /// Bytes of the longest of these names.
    private static let longest = 12
    /// The private members of a JSON Web Key (RFC 7518, section 6).
    private static let keyMembers: Set<ExactString> = ["k", "d", "p", "q", "dp", "dq", "qi", "oth"]

    /// An object without the values that its other members say are secret.
    func withoutNamedValues(_ members: JSON.Object) -> JSON.Object {
        var clean = members
        let isKey = members["kty"]?.string != nil
        var label = SecretName.Verdict.harmless
        var columns: [SecretName.Verdict] = []
        for (name, value) in members {
            let known = Self.lower(name)
            if case .string(let text) = value, label == .harmless, Self.labels.contains(known) {
                label = verdict(on: text)
            } else if case .array(let items) = value, columns.isEmpty, Self.columns.contains(known) {
                columns = items.map { verdict(ofColumn: $0) }
            }
        }
        for (name, value) in members {
            let known = Self.lower(name)
            if isKey && Self.keyMembers.contains(known) || Self.values.contains(known) && hides(value, under: label) {
                clean[name] = Self.mark
            } else if case .array(let items) = value {
                if name.utf8.count >= 7, name.utf8.suffix(7).lowercased == "headers" {
                    clean[name] = .array(withoutFlatHeaders(items))
                } else if Self.rows.contains(known), columns.contains(where: { $0 != .harmless }) {
                    clean[name] = .array(items.map { withoutColumns($0, columns) })
                }
            }
        }
        return clean
    }

    /// An array without the values that its other items say are secret: a pair of a name and a value, and rows under a row of
    /// names.
    func withoutNamedItems(_ items: [JSON]) -> [JSON] {
        if items.count == 2, case .string(let name) = items[0] {
            return hides(items[1], under: verdict(on: name)) ? [items[0], Self.mark] : items
        }
        if case .string = items.first { return withoutArguments(items) }
        guard items.count > 1, case .array(let head) = items[0], !head.isEmpty else { return items }
        var columns = head.map { verdict(ofColumn: $0) }
        // The first of two is the name in a pair.
        if columns.count == 2 { columns[0] = .harmless }
        guard columns.contains(where: { $0 != .harmless }) else { return items }
        return [items[0]] + items.dropFirst().map { withoutColumns($0, columns) }
    }

    /// A command's arguments without the values of options that name secrets, and without passwords of users.
    private func withoutArguments(_ items: [JSON]) -> [JSON] {
        var clean = items
        for (index, item) in items.enumerated().dropLast() {
            guard let option = item.string, option.utf8.first == UInt8(ascii: "-"),
                !option.utf8.contains(UInt8(ascii: "=")),
                let value = items[index + 1].string
            else { continue }
            let isUser = ["-u", "-U", "--user", "--proxy-user"].contains { option.isExactly($0) }
            let isSecret = hides(items[index + 1], under: verdict(on: String(option.drop { $0 == "-" })))
            if isUser ? value.utf8.contains(UInt8(ascii: ":")) : isSecret { clean[index + 1] = Self.mark }
        }
        return clean
    }

    private func verdict(ofColumn json: JSON) -> SecretName.Verdict {
        (json.string ?? json["name"]?.string).map { verdict(on: $0) } ?? .harmless
    }

    private func withoutColumns(_ row: JSON, _ columns: [SecretName.Verdict]) -> JSON {
        guard case .array(var items) = row, items.count == columns.count else { return row }
        for (index, column) in columns.enumerated() where hides(items[index], under: column) {
            items[index] = Self.mark
        }
        return .array(items)
    }

    /// Names and values in turn, as `rawHeaders` of Node has them.
    private func withoutFlatHeaders(_ items: [JSON]) -> [JSON] {
        guard items.count.isMultiple(of: 2) else { return items }
        var items = items
        for index in stride(from: 0, to: items.count, by: 2) {
            if let name = items[index].string, hides(items[index + 1], under: verdict(on: name)) {
                items[index + 1] = Self.mark
            }
        }
        return items
    }

    private static func lower(_ name: String) -> ExactString {
        ExactString(name.utf8.count <= longest ? name.lowercased() : "")
    }
}

extension Substring.UTF8View {
    fileprivate var lowercased: String {
        String(decoding: map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
