import Foundation
import GRDB
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import SQLiteStore

/// Levels of an index of words.
extension TextStoreTests {
    /// SQLite before 3.41 takes an index of more than 2,000 levels for damaged, and each merge of all of it makes one more.
    @Test("an index keeps few levels however often something is removed")
    func levels() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            try await store.append(entry(bob, (0..<40).map { "word\($0) something else \($0 * 7)" }))
            for number in 0..<230 {
                try await store.append(entry(ann, ["xylophone\(number)"]))
                try await store.remove([ann])
            }
            let levels = try await store.read { try $0.indexLevels("texts") }
            #expect(levels > 0 && levels <= 202)
            #expect(try await found("something", in: store).count == 40)
            #expect(try await found("xylophone*", in: store) == [])
            await store.close()
        }
    }

    @Test(
        "an index that SQLite does not read any more is built again when the store is opened, and the check tells of it"
    )
    func unreadable() async throws {
        try await withDatabase { path in
            try await makeUnreadable(path)
            #expect(try StoreCheck(path: path).problems.contains { $0.contains("the next start builds it again") })
            try await mendsUnreadable(path)
            #expect(try !StoreCheck(path: path).problems.contains { $0.contains("the next start builds it again") })
        }
    }

    /// An index as so many merges leave it: a number of levels, all but the last of them empty.
    private func makeUnreadable(_ path: String) async throws {
        let first = try SQLiteStore(path: path)
        try await first.append(entry(bob, ["something else"]))
        try await first.indexWords()
        try await first.write { db in
            let sql = "SELECT block FROM texts_data WHERE id = 10"
            let block = try #require(try Data.fetchOne(db, sql: sql))
            let levels = 2001
            let empty = Data(count: 2 * (levels - 1))
            let segments = block.dropFirst(7)
            let deep =
                block.prefix(4) + Data([0x80 | UInt8(levels >> 7), UInt8(levels & 0x7F)]) + block[5..<7] + empty
                + segments
            try db.execute(sql: "UPDATE texts_data SET block = ? WHERE id = 10", arguments: [deep])
        }
        await first.close()
    }

    private func mendsUnreadable(_ path: String) async throws {
        let second = try SQLiteStore(path: path)
        #expect(try await found("something", in: second) == ["bob 1"])
        try await second.append(entry(ann, ["xylophone"]))
        try await second.remove([ann])
        await second.close()
    }
}
