internal import Foundation
package import MagmaRuntime
internal import SQLiteStore

/// The stores that there are, for tests that hold for each of them.
package enum StoreKind: String, CaseIterable, Sendable {
    case memory, sqlite

    /// The database at a path.
    package static func sqlite(_ path: String) throws -> any SessionStore { try SQLiteStore(path: path) }

    package func with(_ body: (any SessionStore) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryStore())
        case .sqlite: try await withDatabase { try await body(try SQLiteStore(path: $0)) }
        }
    }
}

/// A path for a database, in a folder that is gone afterwards.
package func withDatabase(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "store.sqlite").path(percentEncoded: false))
}
