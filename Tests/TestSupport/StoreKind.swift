internal import Foundation
package import Logging
package import MagmaRuntime
internal import Postgres
package import PostgresStore
internal import SQLiteStore

/// The stores that there are, for tests that hold for each of them.
package enum StoreKind: String, CaseIterable, Sendable {
    case memory, sqlite, postgres

    /// Those that can be tried here: PostgreSQL where ``PostgresServer`` is one.
    package static var allCases: [StoreKind] {
        PostgresServer.address == nil ? [.memory, .sqlite] : [.memory, .sqlite, .postgres]
    }

    /// The database at a path.
    package static func sqlite(_ path: String) throws -> any SessionStore { try SQLiteStore(path: path) }

    package func with(_ body: (any SessionStore) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryStore())
        case .sqlite: try await withDatabase { try await body(try SQLiteStore(path: $0)) }
        case .postgres: try await PostgresServer.withStore { try await body($0) }
        }
    }
}

/// The PostgreSQL that `.ci/postgres` has started, by its address in `SEISMO_TEST_POSTGRES`.
package enum PostgresServer {
    package static var address: String? { ProcessInfo.processInfo.environment["SEISMO_TEST_POSTGRES"] }

    /// A name of a schema that no other test has.
    package static var schema: String {
        "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
    }

    /// A store with tables of its own, which are gone afterwards.
    package static func withStore(
        _ change: (inout PostgresStore.Settings) -> Void = { _ in },
        _ body: (PostgresStore) async throws -> Void
    ) async throws {
        var settings = PostgresStore.Settings()
        settings.schema = schema
        change(&settings)
        try await withSchema(settings.schema) {
            let store = try await open(settings)
            do { try await body(store) } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }

    /// Drops a schema after what was done with it.
    package static func withSchema(_ schema: String, _ body: () async throws -> Void) async throws {
        let line = PostgresLine(try PostgresAddress(address ?? ""))
        var failure: (any Error)?
        do { try await body() } catch { failure = error }
        try await line.run(Statement("DROP SCHEMA IF EXISTS \(schema) CASCADE")())
        await line.close()
        if let failure { throw failure }
    }

    package static func open(_ settings: PostgresStore.Settings) async throws -> PostgresStore {
        try await PostgresStore.open(
            PostgresAddress(address ?? "", client: settings.schema),
            settings,
            log: log
        )
    }

    /// Says nothing.
    package static var log: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// A path for a database, in a folder that is gone afterwards.
package func withDatabase(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "store.sqlite").path(percentEncoded: false))
}
