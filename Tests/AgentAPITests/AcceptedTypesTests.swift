import Testing

@testable import AgentAPI

@Suite("The types that a client accepts", .timeLimit(.minutes(5)))
struct AcceptedTypesTests {
    @Test(
        "events are sent when they are named and no less wanted than JSON (RFC 9110, section 12.5.1)",
        arguments: [
            ("text/event-stream", true), ("Text/Event-Stream", true), (" text/event-stream ; charset=utf-8", true),
            ("application/json, text/event-stream", true), ("text/event-stream, */*", true),
            ("text/event-stream;q=0.9, */*;q=0.8", true), ("text/event-stream;q=0.001", true),
            ("application/json;q=0.1, */*, text/event-stream;q=0.5", true), ("text/event-stream;q=none", true),
            ("text/event-stream;q=0", false), ("text/event-stream;q=0.000", false),
            ("application/json, text/event-stream;q=0.5", false),
            ("text/event-stream;q=0.1, application/json;q=0.9", false),
            ("text/event-stream;q=0.5, application/*", false), ("text/event-stream;q=0.5, */*;q=0.6", false),
            ("text/event-streams", false), ("x-text/event-stream", false), ("x/y;a=\"text/event-stream\"", false),
            ("x/y;a=\"b,text/event-stream\"", false), ("x/y;a=\"\\\",text/event-stream\"", false),
            ("\"text/event-stream\"", false), ("*/*", false), ("text/*", false), ("application/json", false),
            ("", false), (",,", false),
        ]
    )
    func events(header: String, isWanted: Bool) { #expect(AcceptedTypes(header).preferEvents == isWanted) }
}
