/// The position of a request in a trace over several systems (W3C Trace Context, level 1).
///
/// What a client or a webhook sends in `traceparent` is current in every handler, tool and middleware that runs on its
/// behalf, and is passed on to the model.
public struct TraceContext: Sendable, Hashable, CustomStringConvertible {
    /// The context of the current task; `nil` when it is not traced.
    @TaskLocal public static var current: TraceContext?

    /// 32 lower-case hexadecimal digits.
    public let trace: String
    /// 16 lower-case hexadecimal digits: the caller's span.
    public let span: String
    /// Two hexadecimal digits; the lowest bit says that the trace is recorded (sampled).
    public let flags: String

    /// Parses a `traceparent`; `nil` when it is invalid, since the standard says to ignore it then.
    public init?(parsing text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].count == 2, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            parts[1].count == 32, parts[2].count == 16, parts[3].count == 2,
            parts[..<4].allSatisfy({ $0.utf8.allSatisfy(Self.isHex) }),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        self.init(trace: String(parts[1]), span: String(parts[2]), flags: String(parts[3]))
    }

    private init(trace: String, span: String, flags: String) {
        self.trace = trace
        self.span = span
        self.flags = flags
    }

    private static func isHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }

    /// The same trace, with a new span.
    public func next() -> TraceContext {
        let number = UInt64.random(in: 1 ... .max)
        let digits = String(number, radix: 16)
        let span = String(repeating: "0", count: 16 - digits.count) + digits
        return TraceContext(trace: trace, span: span, flags: flags)
    }

    /// The value of the header `traceparent`.
    public var description: String { "00-\(trace)-\(span)-\(flags)" }
}
