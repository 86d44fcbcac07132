internal import OrderedCollections

extension JSON {
    /// The members of an object in the order they were written; two are equal whatever that order.
    public struct Object: Sendable {
        private var members: OrderedDictionary<String, JSON>

        public init() { members = [:] }

        init(minimumCapacity: Int) { members = OrderedDictionary(minimumCapacity: minimumCapacity) }

        /// Of members with the same name the last one counts.
        public init(_ pairs: some Sequence<(String, JSON)>) {
            members = OrderedDictionary(minimumCapacity: pairs.underestimatedCount)
            for (name, value) in pairs { members[name] = value }
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
    /// Goes over the members in their order.
    public struct Iterator: IteratorProtocol {
        fileprivate let members: OrderedDictionary<String, JSON>
        private var index = 0

        fileprivate init(_ members: OrderedDictionary<String, JSON>) { self.members = members }

        public mutating func next() -> (name: String, value: JSON)? {
            guard index < members.count else { return nil }
            defer { index += 1 }
            let element = members.elements[index]
            return (element.key, element.value)
        }
    }

    public func makeIterator() -> Iterator { Iterator(members) }

    public var underestimatedCount: Int { members.count }
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
