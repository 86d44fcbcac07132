internal import Yams

/// A YAML text that a person wrote (YAML 1.2, without aliases): settings, or a theme. Scalars are plain texts;
/// the reader decides what they must be.
package struct YAMLValue: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case text(String)
        case list([YAMLValue])
        case table([Entry])
        /// Nothing stands there.
        case nothing
    }

    package struct Entry: Sendable, Hashable {
        package let name: String
        package let value: YAMLValue
        /// Where the name stands, from 1.
        package let line: Int
    }

    package let content: Content
    /// Where it stands, from 1.
    package let line: Int

    /// `nil` for what is no text.
    package var text: String? { if case .text(let text) = content { text } else { nil } }

    /// `true` or `false`; `nil` for anything else.
    package var flag: Bool? { text.flatMap { ["true": true, "false": false][$0] } }

    /// `nil` for what is no table; nothing is an empty one.
    package var entries: [Entry]? {
        switch content {
        case .table(let entries): entries
        case .nothing: []
        case .text, .list: nil
        }
    }

    /// `nil` for what is no list of texts.
    package var texts: [String]? {
        guard case .list(let items) = content else { return nil }
        let texts = items.compactMap(\.text)
        return texts.count == items.count ? texts : nil
    }
}

/// Why a YAML text cannot be read.
package struct YAMLProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// From 1, where it is known.
    package let line: Int?
    package let problem: String

    package var description: String { line.map { "line \($0): \(problem)" } ?? problem }
}

extension YAMLValue {
    /// Bytes of a text.
    private static let largest = 1 << 20
    /// Values within values.
    private static let deepest = 32

    /// Reads a text whose top is a table.
    ///
    /// - Throws: ``YAMLProblem``.
    package init(parsing text: String) throws(YAMLProblem) {
        guard text.utf8.count <= Self.largest else {
            throw YAMLProblem(line: nil, problem: "it is larger than \(Self.largest >> 20) MB")
        }
        if let line = Self.alias(in: text) {
            throw YAMLProblem(line: line, problem: "aliases are not used here; put a text with '*' into quotes")
        }
        let root: Node?
        do { root = try compose(yaml: text) } catch let error as YamlError {
            throw YAMLProblem(error)
        } catch { throw YAMLProblem(line: nil, problem: "\(error)") }
        self =
            try root.map { root throws(YAMLProblem) in try YAMLValue(root, depth: 0) }
            ?? YAMLValue(content: .nothing, line: 1)
        if entries == nil { throw YAMLProblem(line: line, problem: "a table is expected, 'name: value' a line") }
    }

    /// The line of an alias, with which a short text can stand for one without end.
    private static func alias(in text: String) -> Int? {
        var line = 1
        var last: UInt8 = 0x20
        var isAfterStar = false
        for byte in text.utf8 {
            if isAfterStar, byte > 0x20, byte != UInt8(ascii: "\"") { return line }
            isAfterStar = byte == UInt8(ascii: "*") && (last <= 0x20 || [0x5B, 0x2C, 0x7B].contains(last))
            if byte == 0x0A { line += 1 }
            last = byte
        }
        return nil
    }

    private init(_ node: Node, depth: Int) throws(YAMLProblem) {
        line = node.mark?.line ?? 1
        guard depth < Self.deepest else { throw YAMLProblem(line: line, problem: "it is nested too deep") }
        switch node {
        case .scalar(let scalar):
            let isNothing = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
            content = isNothing ? .nothing : .text(scalar.string)
        case .sequence(let sequence):
            var items: [YAMLValue] = []
            for item in sequence { items.append(try YAMLValue(item, depth: depth + 1)) }
            content = .list(items)
        case .mapping(let mapping):
            var entries: [Entry] = []
            for (key, value) in mapping {
                guard let name = key.scalar?.string else {
                    throw YAMLProblem(line: key.mark?.line, problem: "a name must be a text")
                }
                let value = try YAMLValue(value, depth: depth + 1)
                entries.append(Entry(name: name, value: value, line: key.mark?.line ?? value.line))
            }
            content = .table(entries)
        case .alias: throw YAMLProblem(line: line, problem: "aliases are not used here")
        }
    }
}

extension YAMLProblem {
    fileprivate init(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(line: mark.line, problem: problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map(\.description).joined(separator: ", ")
            self.init(line: context.mark.line, problem: "'\(names)' stands there twice")
        case .reader(let problem, _, _, _): self.init(line: nil, problem: "it cannot be read: \(problem)")
        default: self.init(line: nil, problem: "it cannot be read: \(error)")
        }
    }
}
