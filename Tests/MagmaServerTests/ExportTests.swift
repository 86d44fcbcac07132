import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import InspectionServer
@testable import MagmaServer

@Suite("Exports in pieces", .timeLimit(.minutes(15)))
struct ExportTests {
    @Test("a connection has two exports at the same time, and the next ones when those have ended")
    func perConnection() throws {
        let peer = InspectorState(name: "ann", role: .viewer)
        let ids = try (0..<2).map { _ in try peer.openExport() }
        let error = #expect(throws: RPCError.self) { try peer.openExport() }
        #expect(error?.code == "too_many_open")
        peer.close(exporting: ids[0])
        _ = try peer.openExport()
    }

    @Test("over all connections there are four")
    func inAll() throws {
        let slots = WorkSlots.exports()
        var places = try (0..<4).map { _ in try slots.take() }
        let error = #expect(throws: RPCError.self) { try slots.take() }
        #expect(error?.code == "exports_full")
        places[0].giveBack()
        places[0].giveBack()
        places.append(try slots.take())
        #expect(throws: RPCError.self) { try slots.take() }
        // Those that nobody holds any more are free as well.
        places = []
        _ = try slots.take()
    }

    @Test("a large text goes in pieces, none of which ends within a scalar", arguments: [4, 5, 7, 1000])
    func pieces(bytes: Int) {
        let text = String(repeating: "aé漢👩‍👩‍👧", count: 40)
        let pieces = text.pieces(bytes: bytes)
        #expect(pieces.joined().isExactly(text))
        #expect(pieces.allSatisfy { (1...bytes).contains($0.utf8.count) })
    }

    @Test(
        "an export whose session is deleted meanwhile ends with an error, and so does one of another that took its id"
    )
    func deleted() async throws {
        for again in [false, true] {
            try await ServerFixture.run { server in
                let session = SessionKey(agent: "echo", session: "s")
                for _ in 0..<200 {
                    _ = try await server.runtime.send([.user("x")], to: SessionPlace(lasting: session), origin: .chat)
                        .reply
                }
                let error = await #expect(throws: RuntimeError.self) {
                    var isFirst = true
                    try await CapsuleExport(session, of: server.runtime).write(clean: { $0 }, every: 1000) { _, _, _ in
                        guard isFirst else { return }
                        isFirst = false
                        try await server.runtime.delete(session)
                        guard again else { return }
                        _ = try await server.runtime.send(
                            [.user("y")],
                            to: SessionPlace(lasting: session),
                            origin: .chat
                        ).reply
                    }
                }
                #expect(error?.code == "session_gone")
            }
        }
    }
}
