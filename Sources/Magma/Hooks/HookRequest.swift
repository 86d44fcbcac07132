public import SessionModel

/// A webhook's request.
public struct HookRequest: Sendable, Hashable {
    /// The body, parsed by its content type.
    public enum Body: Sendable, Hashable {
        case none
        /// JSON, or the fields of a form.
        case json(JSON)
        case bytes([UInt8])
    }

    public var method: String
    public var path: String
    /// In the order in which they were sent; a name may occur more than once.
    public var query: [Field]
    /// In the order of arrival, names as they were sent.
    public var headers: [Field]
    public var body: Body
    /// The path and query as they were sent, not decoded.
    public var target: String
    /// The body's bytes as they were sent, after `Content-Encoding` is decoded; signatures are checked against them. In a
    /// replay they are encoded from ``body`` again.
    public var bytes: [UInt8]

    public struct Field: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        method: String = "POST",
        path: String = "",
        query: [Field] = [],
        headers: [Field] = [],
        body: Body = .none,
        target: String? = nil,
        bytes: [UInt8]? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.target = target ?? path
        self.bytes =
            bytes
            ?? {
                switch body {
                case .none: []
                case .json(let value): value.bytes
                case .bytes(let bytes): bytes
                }
            }()
    }

    /// The first value of that name in the query.
    public func query(_ name: String) -> String? { query.first { $0.name.isExactly(name) }?.value }

    /// The first header of that name, whatever its case.
    public func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased().isExactly(name) }?.value
    }

    /// The body's JSON, or the fields of a form; `nil` for anything else.
    public var json: JSON? { if case .json(let value) = body { value } else { nil } }

    /// The value at a path of the body such as `user.id` or `items.0.owner`.
    public func body(_ path: String) -> JSON? {
        var here = json
        for piece in path.utf8.split(separator: UInt8(ascii: ".")).map({ String(Substring($0)) }) {
            switch here {
            case .object(let members): here = members[piece]
            case .array(let items): here = JSON.index(piece).flatMap { $0 < items.count ? items[$0] : nil }
            default: return nil
            }
        }
        return here
    }
}
