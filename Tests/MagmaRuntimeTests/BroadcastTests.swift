import Testing

@testable import MagmaRuntime

@Suite("A broadcast")
struct BroadcastTests {
    private func all<Element: Sendable>(_ listener: BroadcastListener<Element>) async -> [Element] {
        await listener.elements.reduce(into: []) { $0.append($1) }
    }

    @Test("everyone who listens hears what is sent from then on, in order")
    func everyone() async {
        let broadcast = Broadcast<Int>(.dropOldest(10))
        broadcast.send(0)
        let first = broadcast.listen()
        broadcast.send(1)
        let second = broadcast.listen()
        broadcast.send(2)
        broadcast.send(3, to: second.id)
        #expect(broadcast.count == 2)
        broadcast.finish()
        #expect(broadcast.count == 0)
        #expect(await all(first) == [1, 2])
        #expect(await all(second) == [2, 3])
    }

    @Test("a slow listener loses the oldest, or is let go, and the others lose nothing")
    func overflow() async {
        let lossy = Broadcast<Int>(.dropOldest(2))
        let listener = lossy.listen()
        for number in 1...5 { lossy.send(number) }
        lossy.leave(listener.id)
        #expect(await all(listener) == [4, 5])

        let strict = Broadcast<Int>(.letGo(2))
        let (slow, quick) = (strict.listen(), strict.listen())
        var heard = quick.elements.makeAsyncIterator()
        for number in 1...4 {
            strict.send(number)
            #expect(await heard.next() == number)
        }
        #expect(!strict.has(slow.id))
        #expect(strict.has(quick.id))
        #expect(await all(slow) == [1, 2])
    }

    @Test("who has left hears nothing more, and costs nothing")
    func leaving() async {
        let broadcast = Broadcast<Int>(.dropOldest(2))
        let heard = await broadcast.withElements { elements in
            broadcast.send(1)
            return await elements.first { _ in true }
        }
        #expect(heard == 1)
        #expect(broadcast.count == 0)
        broadcast.leave(1)
        broadcast.send(2)
    }
}
