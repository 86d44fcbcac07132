/// Takes the members of an object one after another: a ``JSON/Object`` makes values of them, a ``JSONText`` writes them at once. So
/// what is shown and what is stored have one description, and what is only stored is never built first.
package protocol JSONMembers {
    mutating func add(_ name: String, _ value: JSON)
    /// One whose name comes from outside: other names are plain ASCII.
    mutating func add(foreign name: String, _ value: JSON)
    mutating func add(_ name: String, _ text: String)
    mutating func add(_ name: String, _ number: Int)
    mutating func add(_ name: String, _ number: Double)
    mutating func add(_ name: String, _ flag: Bool)
    mutating func add(_ name: String, _ texts: [String])
    mutating func add(_ name: String, _ object: some JSONDescribed)
    mutating func add(_ name: String, _ objects: [some JSONDescribed])
}

extension JSONMembers {
    /// An absent text is left out.
    mutating func add(_ name: String, ifAny text: String?) { if let text { add(name, text) } }
}

/// Something that is an object in JSON.
package protocol JSONDescribed {
    /// Adds its members, each name once.
    func describe(to members: inout some JSONMembers)
}

extension JSONDescribed {
    /// The object as a value.
    package func object() -> JSON.Object {
        var object = JSON.Object(minimumCapacity: 8)
        describe(to: &object)
        return object
    }

    /// The object as text in UTF-8.
    package var bytes: [UInt8] { JSONText.bytes { $0.add(object: self) } }
}

extension JSON.Object: JSONMembers {
    package mutating func add(_ name: String, _ value: JSON) { append(name, value) }
    package mutating func add(foreign name: String, _ value: JSON) { append(name, value) }
    package mutating func add(_ name: String, _ text: String) { append(name, .string(text)) }
    package mutating func add(_ name: String, _ number: Int) { append(name, .int(number)) }
    package mutating func add(_ name: String, _ number: Double) { append(name, .double(number)) }
    package mutating func add(_ name: String, _ flag: Bool) { append(name, .bool(flag)) }
    package mutating func add(_ name: String, _ texts: [String]) { append(name, .array(texts.map(JSON.string))) }
    package mutating func add(_ name: String, _ object: some JSONDescribed) { append(name, .object(object.object())) }

    package mutating func add(_ name: String, _ objects: [some JSONDescribed]) {
        append(name, .array(objects.map { .object($0.object()) }))
    }
}

extension JSONText: JSONMembers {
    /// An object's text.
    mutating func add(object: some JSONDescribed) {
        isFirst = true
        object.describe(to: &self)
        if isFirst { add(UInt8(ascii: "{")) }
        add(UInt8(ascii: "}"))
        isFirst = false
    }

    private mutating func begin(_ name: String) {
        add(member: name, after: isFirst ? UInt8(ascii: "{") : UInt8(ascii: ","))
        isFirst = false
    }

    private mutating func add<Item>(items: [Item], _ write: (inout JSONText, Item) -> Void) {
        add(UInt8(ascii: "["))
        // Not `enumerated()`, whose iterator the compiler does not resolve for an `Item` of another module.
        for index in items.indices {
            if index > 0 { add(UInt8(ascii: ",")) }
            write(&self, items[index])
        }
        add(UInt8(ascii: "]"))
    }

    package mutating func add(_ name: String, _ value: JSON) {
        begin(name)
        value.write(to: &self)
    }

    package mutating func add(foreign name: String, _ value: JSON) {
        add(isFirst ? UInt8(ascii: "{") : UInt8(ascii: ","))
        isFirst = false
        add(quoted: name)
        add(UInt8(ascii: ":"))
        value.write(to: &self)
    }

    package mutating func add(_ name: String, _ text: String) {
        begin(name)
        add(quoted: text)
    }

    package mutating func add(_ name: String, _ number: Int) {
        begin(name)
        add(number)
    }

    package mutating func add(_ name: String, _ number: Double) {
        begin(name)
        add(number)
    }

    package mutating func add(_ name: String, _ flag: Bool) {
        begin(name)
        add(flag)
    }

    package mutating func add(_ name: String, _ texts: [String]) {
        begin(name)
        add(items: texts) { $0.add(quoted: $1) }
    }

    package mutating func add(_ name: String, _ object: some JSONDescribed) {
        begin(name)
        add(object: object)
    }

    package mutating func add(_ name: String, _ objects: [some JSONDescribed]) {
        begin(name)
        add(items: objects) { $0.add(object: $1) }
    }
}
