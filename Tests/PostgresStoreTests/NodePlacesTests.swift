import Foundation
import MagmaRuntime
import Postgres
import SessionModel
import TestSupport
import Testing

@testable import PostgresStore

@Suite(
    "What nodes know of the database and of each other",
    .enabled(if: PostgresServer.address != nil),
    .timeLimit(.minutes(5))
)
struct NodePlacesTests {
    @Test("a machine whose clock is an hour off goes by the database's", arguments: [-3_600_000.0, 3_600_000])
    func clock(offset: Double) async throws {
        try await PostgresServer.withStore {
            $0.clock = { Date().timeIntervalSince1970 * 1000 + offset }
        } _: { store in
            #expect(abs(store.clockOffset + offset) < 60_000)
        }
    }

    @Test("a database that goes on from another history has everything read again")
    func history() async throws {
        try await PostgresServer.withStore { store in
            let number = store.node.membership.number
            var events = store.nodeEvents.makeAsyncIterator()
            let rows = try await store.read(NodeStatements.history())
            await store.node.follow(history: try #require(rows.first?[0]))
            #expect(store.node.membership.number == number, "the same as before")
            await store.node.follow(history: "7712952479595950951 00000007")
            #expect(store.node.membership.number == nil)
            #expect(store.node.membership.problem?.message.contains("another history") == true)
            while let event = await events.next(), event != .lost {}
            try await eventually("it has joined again") { store.node.membership.number != nil }
            #expect(store.node.membership.number != number)
        }
    }

    @Test("what is asked of an agent goes to one that hosts it, of a session always to the same")
    func hosts() {
        let nodes = NodeShards([
            LivingNode(number: 1, agents: ["a"], address: "one"), LivingNode(number: 2, agents: ["b"], address: "two"),
            LivingNode(number: 3, agents: ["b"], address: "three"),
            LivingNode(number: 4, agents: ["b"], isDraining: true, address: "four"),
            LivingNode(number: 5, agents: ["b"]),
        ])
        #expect(nodes.host(of: "a", for: "s", besides: 2)?.address == "one")
        #expect(nodes.host(of: "a", for: "s", besides: 1) == nil, "itself")
        #expect(nodes.host(of: "c", for: "s", besides: 1) == nil)
        let found = (0..<200).map { nodes.host(of: "b", for: "s\($0)", besides: 1)?.address }
        #expect(Set(found) == ["two", "three"], "neither one that shuts down nor one that has no address")
        #expect(found == (0..<200).map { nodes.host(of: "b", for: "s\($0)", besides: 1)?.address })
        #expect(found.filter { $0 == "two" }.count > 50 && found.filter { $0 == "three" }.count > 50)
    }

    @Test("two connections that one process of the server serves are seen")
    func processes() async throws {
        let address = try PostgresAddress(PostgresServer.address ?? "")
        let lines = (0..<2).map { _ in PostgresLine(address, settings: ["search_path": "elsewhere"]) }
        let processes = try await [lines[0].process(), lines[1].process()]
        #expect(processes[0] != processes[1] && processes[0] != nil)
        #expect(try await lines[0].run(Statement("SHOW search_path")()).first?[0] == "elsewhere")
        for line in lines { await line.close() }
    }
}
