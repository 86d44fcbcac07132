internal import OrderedCollections

extension JSON {
    /// The members of an object in the order they were written; two are equal whatever that order. Names are told apart by
    /// their bytes.
    public struct Object: Sendable {
        struct Member: Sendable {
            let name: String
            /// `nil` for one that was removed.
            var value: JSON?
        }

        /// Members up to which a name is looked for from the first on, which is faster than hashing it.
        private static let small = 16

        /// A removed member of a large object leaves a hole, until there are many holes, so that removing one takes no
        /// longer when there are many members.
        private(set) var members: [Member]
        /// Where the members of a large object are.
        private var places: [ExactString: Int]?

        public init() { members = [] }

        init(minimumCapacity: Int) {
            members = []
            members.reserveCapacity(minimumCapacity)
        }

        /// Of members with the same name the last one counts.
        public init(_ pairs: some Sequence<(String, JSON)>) {
            self.init(minimumCapacity: pairs.underestimatedCount)
            for (name, value) in pairs { set(name, value) }
        }

        /// Of members whose names differ, which nobody checks; those without a value are left out.
        init(distinct pairs: KeyValuePairs<String, JSON?>) {
            self.init(minimumCapacity: pairs.count)
            for (name, value) in pairs { if let value { members.append(Member(name: name, value: value)) } }
            if members.count > Self.small { notePlaces() }
        }

        /// Of members whose names differ, which nobody checks.
        init(distinct pairs: [(String, JSON)]) {
            self.init(minimumCapacity: pairs.count)
            for (name, value) in pairs { members.append(Member(name: name, value: value)) }
            if members.count > Self.small { notePlaces() }
        }

        public subscript(_ name: String) -> JSON? {
            get { place(of: name).flatMap { members[$0].value } }
            set { if let newValue { set(name, newValue) } else { remove(name) } }
        }

        public var count: Int { places?.count ?? members.count }
        public var isEmpty: Bool { count == 0 }
        public var names: [String] { map(\.name) }

        private func place(of name: String) -> Int? {
            if let places { return places[ExactString(name)] }
            return members.firstIndex { $0.name.isExactly(name) }
        }

        mutating func set(_ name: String, _ value: JSON) {
            if let place = place(of: name) { members[place].value = value } else { append(name, value) }
        }

        /// Adds a member whose name is a new one, which nobody checks.
        mutating func append(_ name: String, _ value: JSON) {
            members.append(Member(name: name, value: value))
            if places != nil {
                places?[ExactString(name)] = members.count - 1
            } else if members.count > Self.small {
                notePlaces()
            }
        }

        private mutating func notePlaces() {
            places = Dictionary(uniqueKeysWithValues: members.enumerated().map { (ExactString($1.name), $0) })
        }

        /// Takes the member out; `nil` if there was none.
        @discardableResult
        public mutating func remove(_ name: String) -> JSON? {
            guard let place = place(of: name) else { return nil }
            guard places != nil else { return members.remove(at: place).value }
            defer {
                members[place].value = nil
                places?[ExactString(name)] = nil
                let holes = members.count - count
                if holes > 8, holes > members.count / 2 {
                    members.removeAll { $0.value == nil }
                    notePlaces()
                }
            }
            return members[place].value
        }

        /// Changes the value of a member in place.
        ///
        /// - Returns: whether there is such a member.
        mutating func change<Failure: Error>(
            _ name: String,
            _ body: (inout JSON) throws(Failure) -> Void
        ) throws(Failure) -> Bool {
            guard let place = place(of: name), var value = takeValue(at: place) else { return false }
            defer { members[place].value = value }
            try body(&value)
            return true
        }

        /// The value, as its only owner, so that changing it does not copy it.
        private mutating func takeValue(at place: Int) -> JSON? {
            let value = members[place].value
            members[place].value = .null
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
        private let members: [Member]
        private var index = 0

        fileprivate init(_ members: [Member]) { self.members = members }

        public mutating func next() -> (name: String, value: JSON)? {
            while index < members.count {
                defer { index += 1 }
                if let value = members[index].value { return (members[index].name, value) }
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
                return right[member.name] == value
            }
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(count) }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
    /// - Precondition: the names differ.
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(distinct: elements) }
}
