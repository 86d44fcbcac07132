import SessionModel
import TestSupport

/// Makes documents out of a good one: members and items replaced by values at the edges, taken out, doubled, turned round and
/// put elsewhere. The same seed makes the same documents.
struct JSONMutator {
    private var random: Seeded

    /// What may stand where something else stood.
    private static let strange: [JSON] =
        EdgeNumbers.all + [
            nil, true, false, "", [], [:], "0", "\u{1B}]0;x\u{07}\u{1B}[31m", "\u{202E}\u{2066}abc", "注文 👩‍👩‍👧 e\u{301}",
            .string(String(repeating: "\u{301}", count: 2000)), .string(String(repeating: "x ", count: 3000)),
            .string(String(repeating: "\n", count: 500)), .array(Array(repeating: nil, count: 300)),
            .array(Array(repeating: [["a": [[:]]]], count: 40)),
            ["cut": true, "bytes": 9_007_199_254_740_991, "ref": "x"],
            [["op": "copy", "from": "", "path": "/a"], ["op": "copy", "from": "", "path": "/a"]],
        ]

    init(_ seed: UInt64) { random = Seeded(seed) }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &random)] }

    mutating func mutated(_ json: JSON) -> JSON {
        var json = json
        for _ in 0...Int.random(in: 0...3, using: &random) {
            let places = Self.places(in: json)
            json = changed(json, at: pick(places)[...], with: try? json.value(at: JSONPointer(pick(places))))
        }
        return json
    }

    private static func places(in json: JSON, at path: [String] = []) -> [[String]] {
        switch json {
        case .array(let items): [path] + items.prefix(50).enumerated().flatMap { places(in: $1, at: path + ["\($0)"]) }
        case .object(let members): [path] + members.flatMap { places(in: $0.value, at: path + [$0.name]) }
        default: [path]
        }
    }

    private mutating func changed(_ json: JSON, at path: ArraySlice<String>, with other: JSON?) -> JSON {
        guard let name = path.first else { return changed(json, other) }
        switch json {
        case .array(var items):
            guard let index = Int(name), items.indices.contains(index) else { return json }
            items[index] = changed(items[index], at: path.dropFirst(), with: other)
            return .array(items)
        case .object(var members):
            guard let value = members[name] else { return json }
            let isLast = path.count == 1
            members[name] = isLast && chance(15) ? nil : changed(value, at: path.dropFirst(), with: other)
            return .object(members)
        default: return json
        }
    }

    private mutating func changed(_ json: JSON, _ other: JSON?) -> JSON {
        switch (Int.random(in: 0..<8, using: &random), json) {
        case (0, .array(let items)): .array(items.reversed())
        case (1, .array(let items)): .array(items + items + items)
        case (2, .array(let items)): .array(Array(items.dropFirst(items.count / 2)))
        case (3, .string(let text)): .string(text + text + "\u{1B}")
        case (4, .int(let number)): .int(number &+ pick([-1, 1, 100, -1000, 1 << 40]))
        case (5, _): other ?? json
        default: pick(Self.strange)
        }
    }
}
