package import SessionModel

/// The parameters of a method: a value whose members are declared once, and are read, written and described by that.
package protocol MethodParams: Sendable {
    /// With nothing given.
    init()

    static var members: [ParamsMember<Self>] { get }
}

extension MethodParams {
    package init(_ change: (inout Self) -> Void) {
        self.init()
        change(&self)
    }

    /// - Throws: `RPCError` `invalid_params`, which names the member that is wrong.
    package init(_ json: JSON) throws(RPCError) {
        self.init()
        let reader = ParamsReader(json)
        for member in Self.members { try member.read(&self, reader) }
    }

    package var json: JSON {
        var object: JSON.Object = [:]
        for member in Self.members {
            if let value = member.write(self) { object[member.name] = value }
        }
        return .object(object)
    }
}

/// The parameters of a method that is about one session.
package protocol SessionParams: MethodParams {
    var agent: String { get set }
    var session: String { get set }
}

extension SessionParams {
    package init(_ key: SessionKey, _ change: (inout Self) -> Void = { _ in }) {
        self.init()
        (agent, session) = (key.agent, key.session)
        change(&self)
    }
}

/// A member of the parameters of a method: its name, what it holds, and how it is read and written.
package struct ParamsMember<Root>: Sendable {
    package typealias Path<Value> = any WritableKeyPath<Root, Value> & Sendable

    package let name: String
    package let isOptional: Bool
    /// What it holds, in a few words; empty where the name says it.
    package let meaning: String
    let read: @Sendable (inout Root, ParamsReader) throws(RPCError) -> Void
    /// `nil` for one that is not given.
    let write: @Sendable (Root) -> JSON?

    init(
        _ name: String,
        _ meaning: String = "",
        isOptional: Bool = true,
        read: @escaping @Sendable (inout Root, ParamsReader) throws(RPCError) -> Void,
        write: @escaping @Sendable (Root) -> JSON?
    ) {
        self.name = name
        self.meaning = meaning
        self.isOptional = isOptional
        self.read = read
        self.write = write
    }

    /// One whose reading depends on nothing else.
    init<Value>(
        _ name: String,
        _ meaning: String,
        isOptional: Bool = true,
        _ path: Path<Value>,
        read: @escaping @Sendable (ParamsReader) throws(RPCError) -> Value,
        write: @escaping @Sendable (Value) -> JSON?
    ) {
        self.init(name, meaning, isOptional: isOptional) { (root, reader) throws(RPCError) in
            root[keyPath: path] = try read(reader)
        } write: {
            write($0[keyPath: path])
        }
    }

    /// The same member of parameters that hold these.
    func within<Outer>(_ path: ParamsMember<Outer>.Path<Root>) -> ParamsMember<Outer> {
        let (read, write) = (read, write)
        return ParamsMember<Outer>(name, meaning, isOptional: isOptional) { (outer, reader) throws(RPCError) in
            try read(&outer[keyPath: path], reader)
        } write: {
            write($0[keyPath: path])
        }
    }
}

extension ParamsMember {
    /// An id, a name, a path: at most 8,192 bytes.
    static func text(_ name: String, _ path: Path<String>, _ meaning: String = "") -> Self {
        Self(name, meaning, isOptional: false, path) { (reader) throws(RPCError) in
            try reader.text(name)
        } write: {
            .string($0)
        }
    }

    static func text(_ name: String, _ path: Path<String?>, _ meaning: String = "") -> Self {
        Self(name, meaning, path) { (reader) throws(RPCError) in
            try reader.optionalText(name)
        } write: {
            $0.map(JSON.string)
        }
    }

    static func texts(_ name: String, _ path: Path<[String]?>, _ meaning: String = "") -> Self {
        Self(name, meaning, path) { (reader) throws(RPCError) in
            try reader.texts(name)
        } write: {
            $0.map { .array($0.map(JSON.string)) }
        }
    }

    /// - Parameter range: what is allowed; by default what an offset, a count or a `seq` may be.
    static func number(
        _ name: String,
        _ path: Path<Int?>,
        _ meaning: String = "",
        in range: ClosedRange<Int> = NumberRange.count
    ) -> Self {
        Self(name, meaning, path) { (reader) throws(RPCError) in
            try reader.optionalInt(name, in: range)
        } write: {
            $0.map(JSON.int)
        }
    }

    static func number(_ name: String, _ path: Path<Int>, _ meaning: String = "") -> Self {
        Self(name, meaning, isOptional: false, path) { (reader) throws(RPCError) in
            guard let number = try reader.optionalInt(name) else { throw .invalidParams("'\(name)' is missing.") }
            return number
        } write: {
            .int($0)
        }
    }

    /// How many are asked for: 1 to 1000.
    static func limit(_ path: Path<Int?>) -> Self { number("limit", path, "1 to 1000", in: 1...1000) }

    /// Milliseconds since 1970.
    static func time(_ name: String, _ path: Path<Int64?>) -> Self {
        Self(name, "milliseconds since 1970", path) { (reader) throws(RPCError) in
            try reader.optionalTime(name)
        } write: {
            .time($0)
        }
    }

    static func flag(_ name: String, _ path: Path<Bool>, _ meaning: String = "") -> Self {
        Self(name, meaning, path) { (reader) throws(RPCError) in
            try reader.flag(name)
        } write: {
            $0 ? true : nil
        }
    }

    static func object(_ name: String, _ path: Path<JSON?>, _ meaning: String = "") -> Self {
        Self(name, meaning, path) { (reader) throws(RPCError) in
            try reader.object(name)
        } write: {
            $0
        }
    }

    /// The `seq` of an event, or the name of a snapshot.
    static func moment(_ name: String, _ path: Path<Moment>) -> Self {
        Self(name, momentMeaning, isOptional: false, path) { (reader) throws(RPCError) in
            guard let moment = try reader.optionalMoment(name) else {
                throw .invalidParams("'\(name)' is missing: the seq of an event, or the name of a snapshot.")
            }
            return moment
        } write: {
            $0.json
        }
    }

    private static var momentMeaning: String { "a seq or a snapshot's name" }

    /// The same, where it may be left out.
    static func moment(_ name: String, _ path: Path<Moment?>) -> Self {
        Self(name, momentMeaning, path) { (reader) throws(RPCError) in
            try reader.optionalMoment(name)
        } write: {
            $0?.json
        }
    }

    /// Any value except null; the method checks it.
    static func value(_ name: String, _ path: Path<JSON?>, _ meaning: String = "") -> Self {
        Self(name, meaning, path) { (reader) throws(RPCError) in
            reader.value(name)
        } write: {
            $0
        }
    }
}

extension ParamsMember where Root: SessionParams {
    /// Which session it is about.
    static var session: [Self] { [text("agent", \Root.agent), text("session", \Root.session)] }
}
