internal import OrderedCollections

extension JSON {
    /// The members of an object in the order they were written; two are equal whatever that order. Names are told apart by
    /// their bytes.
    public struct Object: Sendable {
        /// A removed member leaves a hole, until there are many holes, so that removing one
        /// takes no longer when there are many members.
        private var members: OrderedDictionary<ExactString, JSON?>
        private var holes = 0

        public init() { members = [:] }

        init(minimumCapacity: Int) { members = OrderedDictionary(minimumCapacity: minimumCapacity) }

        /// Of members with the same name the last one counts.
        public init(_ pairs: some Sequence<(String, JSON)>) {
            members = OrderedDictionary(minimumCapacity: pairs.underestimatedCount)
            for (name, value) in pairs { self[name] = value }
        }

        public subscript(_ name: String) -> JSON? {
            get { members[ExactString(name)] ?? nil }
            set {
                guard let newValue else {
                    remove(name)
                    return
                }
                if holes == 0 {
                    members.updateValue(newValue, forKey: ExactString(name))
                } else if case .some(.none) = members.updateValue(newValue, forKey: ExactString(name)) {
                    holes -= 1
                }
            }
        }

        public var count: Int { members.count - holes }
        public var isEmpty: Bool { count == 0 }
        public var names: [String] { map(\.name) }

        /// Takes the member out; `nil` if there was none.
        @discardableResult
        public mutating func remove(_ name: String) -> JSON? {
            guard let index = members.index(forKey: ExactString(name)), let old = members.values[index] else {
                return nil
            }
            members.values[index] = nil
            holes += 1
            if holes > 8, holes > members.count / 2 {
                members.removeAll { $0.value == nil }
                holes = 0
            }
            return old
        }

        /// Changes the value of a member in place.
        ///
        /// - Returns: whether there is such a member.
        mutating func change<Failure: Error>(
            _ name: String,
            _ body: (inout JSON) throws(Failure) -> Void
        ) throws(Failure) -> Bool {
            guard let index = members.index(forKey: ExactString(name)), var value = takeValue(at: index) else {
                return false
            }
            defer { members.values[index] = value }
            try body(&value)
            return true
        }

        /// The value, as its only owner, so that changing it does not copy it.
        private mutating func takeValue(at index: Int) -> JSON? {
            let value = members.values[index]
            members.values[index] = .some(.null)
            return value
        }
    }
}

extension JSON.Object {
    /// Fields of a form, a query or a head by name, in the order in which each name first came; the values of one that comes
    /// several times are an array. It takes time in proportion to the fields.
    package init(grouping fields: some Sequence<(name: String, value: JSON)>) {
        var groups = OrderedDictionary<ExactString, [JSON]>()
        for (name, value) in fields { groups[ExactString(name), default: []].append(value) }
        self.init(groups.map { ($0.key.wrappedValue, $0.value.count == 1 ? $0.value[0] : .array($0.value)) })
    }
}

extension JSON.Object: Sequence {
    /// Goes over the members in their order.
    public struct Iterator: IteratorProtocol {
        fileprivate let members: OrderedDictionary<ExactString, JSON?>
        private var index = 0

        fileprivate init(_ members: OrderedDictionary<ExactString, JSON?>) { self.members = members }

        public mutating func next() -> (name: String, value: JSON)? {
            while index < members.count {
                defer { index += 1 }
                let element = members.elements[index]
                if let value = element.value { return (element.key.wrappedValue, value) }
            }
            return nil
        }
    }

    public func makeIterator() -> Iterator { Iterator(members) }

    public var underestimatedCount: Int { count }
}

extension JSON.Object: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count
            && left.members.allSatisfy { member in
                guard let value = member.value else { return true }
                return right.members[member.key] == .some(.some(value))
            }
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(count) }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
