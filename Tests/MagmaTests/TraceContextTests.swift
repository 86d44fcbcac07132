import Magma
import Testing

@Suite("Trace context", .timeLimit(.minutes(15)))
struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test(
        "a traceparent is read as W3C has it, and anything else is none",
        arguments: [
            ("00-\(trace)-\(span)-01", true), ("01-\(trace)-\(span)-01-more", true),
            ("00-\(trace)-\(span)-01-more", false),
            ("ff-\(trace)-\(span)-01", false), ("00-\(trace)-0000000000000000-01", false),
            ("00-00000000000000000000000000000000-\(span)-01", false), ("00-\(trace.uppercased())-\(span)-01", false),
            ("00-\(trace)-\(span)", false), ("", false), ("00-\(trace)-\(span)-0g", false), ("----", false),
        ]
    )
    func parsing(text: String, isOne: Bool) { #expect((TraceContext(parsing: text) != nil) == isOne) }

    @Test("the next span is of the same trace")
    func next() throws {
        let context = try #require(TraceContext(parsing: "00-\(Self.trace)-\(Self.span)-01"))
        let next = context.next()
        #expect(next.trace == context.trace)
        #expect(next.span != context.span)
        #expect(TraceContext(parsing: "\(next)") == next)
        #expect("\(context)" == "00-\(Self.trace)-\(Self.span)-01")
    }
}
