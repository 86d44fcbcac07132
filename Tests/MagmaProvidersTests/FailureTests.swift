import Foundation
import Magma
import Synchronization
import TestSupport
import Testing

@testable import MagmaProviders

@Suite("A provider that fails", .timeLimit(.minutes(15)))
struct FailureTests {
    /// The waits that a provider took, instead of waiting.
    private final class Waits: Sendable {
        private let taken = Mutex<[Duration]>([])
        var all: [Duration] { taken.withLock { $0 } }
        func take(_ wait: Duration) { taken.withLock { $0.append(wait) } }
    }

    /// Asks once, and gives what it threw.
    private func failure(
        of dialect: Dialect,
        _ replies: [[FakeServer.Step]],
        limits: ModelLimits = ModelLimits(),
        waits: Waits = Waits()
    ) async throws -> (error: ProviderError?, heard: String, asked: Int) {
        try await FakeServer.run(replies) { server in
            let provider = dialect.provider(port: server.port, limits: limits) { waits.take($0) }
            let heard = Mutex("")
            do {
                _ = try await provider.complete(.saying("hi")) { piece in heard.withLock { $0 += piece } }
                return (nil, heard.withLock { $0 }, server.requests.count)
            } catch {
                return (try #require(error as? ProviderError), heard.withLock { $0 }, server.requests.count)
            }
        }
    }

    @Test("with 429 is asked again when it says", arguments: Dialect.allCases)
    func tooMany(dialect: Dialect) async throws {
        let waits = Waits()
        let refusal = FakeServer.Step.answer("429 Too Many Requests", "{}", "Retry-After: 7")
        let outcome = try await failure(
            of: dialect,
            [[refusal], [.streamHead, .say(dialect.stream("at last")), .cut]],
            waits: waits
        )
        #expect(outcome.error == nil)
        #expect(outcome.heard == "at last")
        #expect(waits.all == [.seconds(7)])
    }

    @Test("with 5xx is asked again after growing waits, and then named", arguments: Dialect.allCases)
    func unavailable(dialect: Dialect) async throws {
        let waits = Waits()
        let refusal = FakeServer.Step.answer("529 Overloaded", #"{"error":{"message":"too much to do"}}"#)
        let outcome = try await failure(of: dialect, Array(repeating: [refusal], count: 9), waits: waits)
        #expect(outcome.asked == 4)
        #expect(outcome.error?.description == "\(dialect) answered 529: too much to do")
        for (wait, longest) in zip(waits.all, [500, 1000, 2000]) {
            #expect(wait <= .milliseconds(longest) && wait >= .milliseconds(longest / 2))
        }
        #expect(waits.all.count == 3)
    }

    @Test("and asks for a longer wait than one may take fails at once", arguments: Dialect.allCases)
    func longWait(dialect: Dialect) async throws {
        let refusal = FakeServer.Step.answer("429 Too Many Requests", #"{"error":"come back"}"#, "Retry-After: 3600")
        let outcome = try await failure(of: dialect, [[refusal]])
        #expect(outcome.asked == 1)
        #expect(outcome.error?.retryAfter == 3600)
    }

    @Test("because of the request is not asked again", arguments: Dialect.allCases)
    func refused(dialect: Dialect) async throws {
        let body = #"{"type":"error","error":{"type":"authentication_error","message":"wrong key"}}"#
        let outcome = try await failure(of: dialect, [[.answer("401 Unauthorized", body)]])
        #expect(outcome.asked == 1)
        #expect(outcome.error?.description == "\(dialect) answered 401: wrong key")
    }

    @Test("with a page that is not JSON shows its words", arguments: Dialect.allCases)
    func page(dialect: Dialect) async throws {
        let outcome = try await failure(
            of: dialect,
            [[.answer("404 Not Found", "<h1>nothing</h1>", type: "text/html")]]
        )
        #expect(outcome.error?.words == "<h1>nothing</h1>")
    }

    @Test(
        "with a status that HTTP does not have is refused, and ends nothing",
        arguments: ["099", "000", "001", "600", "999"]
    )
    func noStatus(status: String) async throws {
        let reply = "HTTP/1.1 \(status) x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        let outcome = try await failure(of: .openai, [[.say(reply), .cut]])
        #expect(outcome.error?.reason == .malformed)
        #expect(outcome.asked == 1)
    }

    @Test("before a word is asked again; after one it is not", arguments: Dialect.allCases)
    func cut(dialect: Dialect) async throws {
        let whole = dialect.stream("one", "two")
        let early = try await failure(
            of: dialect,
            [[.streamHead, .say(String(whole.prefix(40))), .cut], [.streamHead, .say(whole), .cut]]
        )
        #expect(early.error == nil)
        #expect(early.heard == "onetwo")
        let upToTwo = try #require(whole.firstRange(of: "two")).lowerBound
        let late = try await failure(
            of: dialect,
            [[.streamHead, .say(String(whole[..<upToTwo])), .cut], [.streamHead, .say(whole), .cut]]
        )
        #expect(late.heard == "one")
        #expect(late.asked == 1)
        #expect(late.error?.reason == .interrupted)
    }

    @Test("in the middle of a chunked answer is told from one that has ended", arguments: Dialect.allCases)
    func cutChunk(dialect: Dialect) async throws {
        let whole = dialect.stream("one", "two")
        let upToTwo = try #require(whole.firstRange(of: "two")).lowerBound
        let half = String(whole[..<upToTwo])
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        let chunk = "\(String(half.utf8.count, radix: 16))\r\n\(half)\r\n"
        let outcome = try await failure(of: dialect, [[.say(head + chunk), .cut]])
        #expect(outcome.error != nil)
        #expect(outcome.heard == "one")
    }

    @Test("with an error in mid-stream is told in its words", arguments: Dialect.allCases)
    func errorInStream(dialect: Dialect) async throws {
        let whole = dialect.stream("one", "two")
        let upToTwo = try #require(whole.firstRange(of: "two")).lowerBound
        let start = String(whole[..<upToTwo])
        let lastEvent = try #require(start.range(of: "\n\n", options: .backwards)).upperBound
        let failed =
            dialect == .openai
            ? #"data: {"error":{"message":"overloaded"}}"# : #"data: {"type":"error","error":{"message":"overloaded"}}"#
        let stream = String(start[..<lastEvent]) + failed + "\n\n"
        let outcome = try await failure(of: dialect, [[.streamHead, .say(stream), .cut]])
        #expect(outcome.heard == "one")
        #expect(outcome.error?.description == "\(dialect) broke off its answer: overloaded")
    }

    @Test("with content of another type says so, and is no empty answer", arguments: ["5", "true", "{\"text\":\"x\"}"])
    func foreignContent(content: String) async throws {
        let chunk = #"data: {"choices":[{"index":0,"delta":{"content":\#(content)}}]}"#
        let end = #"data: {"choices":[{"index":0,"delta":{"content":null},"finish_reason":"stop"}]}"#
        let outcome = try await failure(of: .openai, [[.streamHead, .say("\(chunk)\n\n\(end)\n\n"), .cut]])
        #expect(outcome.error?.reason == .malformed)
    }

    @Test("with a chunk that is no JSON says so", arguments: Dialect.allCases)
    func malformed(dialect: Dialect) async throws {
        let outcome = try await failure(of: dialect, [[.streamHead, .say("data: {\"choi\n\n"), .cut]])
        #expect(outcome.error?.reason == .malformed)
        #expect(outcome.asked == 1)
    }

    @Test("with an answer that is not what its API says is refused", arguments: Dialect.allCases)
    func otherAnswer(dialect: Dialect) async throws {
        let outcome = try await failure(of: dialect, [[.answer("200 OK", #"{"hello":1}"#)]])
        #expect(outcome.error?.reason == .malformed)
    }

    @Test("with silence is given up", arguments: Dialect.allCases)
    func silence(dialect: Dialect) async throws {
        let limits = ModelLimits(silence: .milliseconds(80))
        let outcome = try await failure(of: dialect, [[.streamHead, .hold]], limits: limits)
        #expect(outcome.error?.description == "\(dialect) took too long: it was silent for 80 ms")
    }

    @Test("with an answer that has no end is given up", arguments: Dialect.allCases)
    func answerTime(dialect: Dialect) async throws {
        let limits = ModelLimits(answer: .milliseconds(80))
        let outcome = try await failure(of: dialect, [[.hold]], limits: limits)
        #expect(outcome.error?.reason == .timeout)
    }

    @Test("because nobody listens is named as such", arguments: Dialect.allCases)
    func nobody(dialect: Dialect) async throws {
        let port = try await FakeServer.run([]) { $0.port }
        let waits = Waits()
        let provider = dialect.provider(port: port, limits: ModelLimits(retries: 1)) { waits.take($0) }
        let error = await #expect(throws: ProviderError.self) {
            _ = try await provider.complete(.saying("hi")) { _ in }
        }
        #expect(error?.reason == .connection)
        #expect(waits.all.count == 1)
    }

    @Test("to answer soon holds up no other request")
    func manyAtOnce() async throws {
        let dialect = Dialect.allCases[0]
        let holding = Array(repeating: [FakeServer.Step.streamHead, .hold], count: 40)
        try await FakeServer.run(holding) { server in
            let provider = dialect.provider(port: server.port)
            let asking = (0..<40).map { _ in Task { try await provider.complete(.saying("hi")) { _ in } } }
            try await eventually("the server was asked by all") { server.requests.count == 40 }
            for task in asking { task.cancel() }
            for task in asking { _ = await task.result }
        }
    }

    @Test("while all requests that may be sent at once are under way says so", arguments: Dialect.allCases)
    func tooManyAtOnce(dialect: Dialect) async throws {
        try await FakeServer.run([[.streamHead, .hold]]) { server in
            let limits = ModelLimits(requests: 1, connect: .milliseconds(100), retries: 0)
            let provider = dialect.provider(port: server.port, limits: limits)
            let first = Task { try await provider.complete(.saying("hi")) { _ in } }
            try await eventually("the server was asked") { server.requests.count == 1 }
            let error = await #expect(throws: ProviderError.self) {
                _ = try await provider.complete(.saying("hi")) { _ in }
            }
            #expect(error?.reason == .connection)
            #expect(error?.words == "no connection within 100 ms; at most 1 requests are sent at once")
            first.cancel()
            _ = await first.result
        }
    }

    @Test("to be waited for any longer loses its connection", arguments: Dialect.allCases)
    func cancellation(dialect: Dialect) async throws {
        try await FakeServer.run([[.streamHead, .hold]]) { server in
            let provider = dialect.provider(port: server.port)
            let asking = Task { try await provider.complete(.saying("hi")) { _ in } }
            try await eventually("the server was asked") { server.requests.count == 1 }
            asking.cancel()
            await #expect(throws: CancellationError.self) { _ = try await asking.value }
            try await eventually("the connection is closed") { server.left == 1 }
        }
    }

    @Test("may say the time to come back as a date")
    func retryDate() throws {
        let now = Date(timeIntervalSince1970: 1_445_412_480)
        #expect(RetryAfter.seconds("Wed, 21 Oct 2015 07:28:30 GMT", now: now) == 30)
        #expect(RetryAfter.seconds("Wed, 21 Oct 2015 07:27:30 GMT", now: now) == 0)
        #expect(RetryAfter.seconds("soon") == nil)
        #expect(RetryAfter.seconds("inf") == nil)
        #expect(RetryAfter.seconds("1.5") == 1.5)
    }
}
