import Testing

@testable import PostgresStore

@Suite("A lease as its holder counts it")
struct NodeLeaseTests {
    @Test("is renewed when half of it is left, and over a tenth before the database says so")
    func time() {
        var lease = NodeLease(length: 10_000)
        #expect(!lease.isHeld(at: 0))
        #expect(lease.next(at: 0) == .join)
        #expect(lease.next(at: 10) == .nothing, "nothing is asked twice at a time")
        lease.given(askedAt: 0)
        #expect(lease.next(at: 3999) == .nothing)
        #expect(lease.isHeld(at: 8999) && !lease.isHeld(at: 9000))
        #expect(lease.next(at: 4000) == .renew)
        lease.given(askedAt: 4000)
        #expect(lease.isHeld(at: 12_999) && !lease.isHeld(at: 13_000))
    }

    @Test("that is over is asked for again, and lost only when another process has said so")
    func losing() {
        var lease = NodeLease(length: 10_000)
        _ = lease.next(at: 0)
        lease.given(askedAt: 0)
        #expect(lease.next(at: 5000) == .renew)
        lease.failed(askedAt: 5000)
        #expect(lease.next(at: 20_000) == .renew)
        #expect(!lease.isHeld(at: 20_000))
        lease.refused(askedAt: 20_000)
        #expect(lease.next(at: 20_001) == .join)
    }

    @Test("an answer that comes after it was given up counts for nothing")
    func late() {
        var lease = NodeLease(length: 10_000)
        _ = lease.next(at: 0)
        lease.failed(askedAt: 0)
        lease.given(askedAt: 0)
        #expect(!lease.isHeld(at: 1))
        #expect(lease.next(at: 50) == .join)
        lease.refused(askedAt: 0)
        lease.given(askedAt: 50)
        #expect(lease.isHeld(at: 51))
    }
}
