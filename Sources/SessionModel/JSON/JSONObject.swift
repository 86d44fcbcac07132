internal import OrderedCollections

extension JSON {
    /// The members of an object in the order they were written; two are equal whatever that order.
    public struct Object: Sendable {
        private var members: OrderedDictionary<String, JSON>

        public init() { members = [:] }

        /// Of members with the same name the last one counts.
        public init(_ pairs: some Sequence<(String, JSON)>) {
            members = OrderedDictionary(pairs) { _, last in last }
        }

        public subscript(_ name: String) -> JSON? {
            get { members[name] }
            set { members[name] = newValue }
        }

        public var count: Int { members.count }
        public var isEmpty: Bool { members.isEmpty }
        public var names: [String] { Array(members.keys) }

        /// Takes the member out; `nil` if there was none.
        @discardableResult
        public mutating func remove(_ name: String) -> JSON? { members.removeValue(forKey: name) }
    }
}

extension JSON.Object: Sequence {
    public func makeIterator() -> AnyIterator<(name: String, value: JSON)> {
        var index = 0
        return AnyIterator {
            guard index < members.count else { return nil }
            defer { index += 1 }
            let element = members.elements[index]
            return (element.key, element.value)
        }
    }
}

extension JSON.Object: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.members.allSatisfy { right.members[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(members.count) }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
