import Inspection
import SessionModel
import Synchronization
import Testing

@testable import InspectionClient

@Suite("Notifications that wait to be read", .timeLimit(.minutes(5)))
struct NotificationInboxTests {
    private struct Ended: Error {}

    private func told(_ number: Int) -> NotificationInbox.Told { (.stats, .int(number)) }

    @Test("come in order, and what came before the end is still read")
    func order() async throws {
        let inbox = NotificationInbox()
        for number in 0..<100 { _ = await inbox.add(told(number)) { false } }
        inbox.end(Ended())
        for number in 0..<100 { #expect(try await inbox.next().params == .int(number)) }
        await #expect(throws: Ended.self) { try await inbox.next() }
    }

    @Test("hold back who adds them while nobody reads, and let go when there is room")
    func room() async throws {
        let inbox = NotificationInbox(limit: 4)
        let added = Mutex(0)
        let adding = Task {
            for number in 0..<100 {
                _ = await inbox.add(told(number)) { false }
                added.withLock { $0 = number }
            }
        }
        for number in 0..<100 {
            #expect(try await inbox.next().params == .int(number))
            #expect(added.withLock { $0 } <= number + 6)
        }
        await adding.value
    }

    @Test("do not hold back an answer that somebody waits for")
    func urgent() async throws {
        let inbox = NotificationInbox(limit: 1)
        for number in 0..<50 { _ = await inbox.add(told(number)) { true } }
        let adding = Task { _ = await inbox.add(told(50)) { false } }
        // A request that is made now must be answered, though nobody has read.
        while !inbox.makeRoom() { await Task.yield() }
        await adding.value
        for number in 0...50 { #expect(try await inbox.next().params == .int(number)) }
    }

    @Test("are refused where so many wait that nobody will read them")
    func tooMany() async throws {
        let inbox = NotificationInbox(limit: 4, largest: 20)
        for number in 0..<20 { #expect(await inbox.add(told(number)) { true }) }
        #expect(await inbox.add(told(20)) { true } == false)
    }

    @Test("wake a reader that waits: by one, by the end, by its own cancellation")
    func waiting() async throws {
        let inbox = NotificationInbox()
        let reading = Task { try await inbox.next().params }
        _ = await inbox.add(told(7)) { false }
        #expect(try await reading.value == .int(7))
        let cancelled = Task { try await inbox.next().params }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        let ended = Task { try await inbox.next().params }
        inbox.end(Ended())
        await #expect(throws: Ended.self) { try await ended.value }
    }
}
