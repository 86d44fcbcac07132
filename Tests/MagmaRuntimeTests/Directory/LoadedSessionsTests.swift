import SessionModel
import Testing

@testable import MagmaRuntime

@Suite("Which sessions are in memory")
struct LoadedSessionsTests {
    private final class Member: Sendable {}

    private let key = SessionKey(agent: "a", session: "s")

    private func member(_ place: LoadedSessions<Member>.Place) -> Member? {
        if case .member(let member) = place { member } else { nil }
    }

    @Test("those who borrow at the same moment have the same one; it is made once")
    func borrow() {
        var loaded = LoadedSessions<Member>()
        #expect(member(loaded.borrow(key, at: 1, make: nil)) == nil)
        let first = member(loaded.borrow(key, at: 1) { Member() })
        let second = member(loaded.borrow(key, at: 2) { Member() })
        #expect(first != nil && first === second)
        #expect(loaded.count == 1)
        #expect(loaded[key] === first)
        #expect(loaded.members(of: "a").count == 1)
        #expect(loaded.members(of: "b").isEmpty)
    }

    @Test("one is unused when nobody has it, or has had it since; a tick is no use")
    func unused() throws {
        var loaded = LoadedSessions<Member>()
        let session = try #require(member(loaded.borrow(key, at: 5) { Member() }))
        #expect(!loaded.isUnused(key, since: 9))
        loaded.giveBack(session, of: key)
        #expect(loaded.isUnused(key, since: 5))
        #expect(!loaded.isUnused(key, since: 4))
        _ = loaded.borrow(key, at: nil, make: nil)
        #expect(!loaded.isUnused(key, since: 9))
        loaded.giveBack(session, of: key)
        #expect(loaded.isUnused(key, since: 5))
        #expect(loaded.isUnused(SessionKey(agent: "a", session: "other"), since: 0))
    }

    @Test("only the one of its key is taken out or given back")
    func remove() throws {
        var loaded = LoadedSessions<Member>()
        let old = try #require(member(loaded.borrow(key, at: 1) { Member() }))
        loaded.remove(old, of: key)
        let new = try #require(member(loaded.borrow(key, at: 1) { Member() }))
        loaded.remove(old, of: key)
        loaded.giveBack(old, of: key)
        #expect(loaded[key] === new)
        #expect(!loaded.isUnused(key, since: 9))
    }

    @Test("a key that is reserved has nobody, and those who come are told when to ask again")
    func reserve() async throws {
        var loaded = LoadedSessions<Member>()
        guard case .nobody = loaded.reserve(key) else { throw Unexpected() }
        guard case .reserved(let promise) = loaded.borrow(key, at: 1, make: { Member() }),
            case .reserved = loaded.reserve(key)
        else { throw Unexpected() }
        #expect(loaded.count == 0)
        loaded.release(key)
        await promise.value
        #expect(member(loaded.borrow(key, at: 1) { Member() }) != nil)
        guard case .member = loaded.reserve(key) else { throw Unexpected() }
    }

    @Test("those that were looked at are told once, if they are still there")
    func viewed() throws {
        var loaded = LoadedSessions<Member>()
        _ = loaded.borrow(key, at: 1) { Member() }
        loaded.markViewed(key)
        loaded.markViewed(SessionKey(agent: "a", session: "gone"))
        #expect(loaded.takeViewed().count == 1)
        #expect(loaded.takeViewed().isEmpty)
    }

    private struct Unexpected: Error {}
}
