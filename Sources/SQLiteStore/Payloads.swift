internal import Crypto
internal import FoundationEssentials
internal import GRDB
internal import SessionModel

/// JSON as it is stored: large strings, such as images and bodies, are kept once, beside it, and referred to.
struct PackedJSON: Sendable {
    /// Strings from so many bytes on are kept beside.
    static let threshold = 4096
    private static let mark = "$payload"

    private(set) var text: String
    /// The strings that ``text`` refers to, by their SHA-256.
    private(set) var payloads: [(hash: Data, text: String)] = []

    var isPacked: Bool { !payloads.isEmpty }

    /// - Parameter text: what `json` is as text, if that is known.
    init(_ json: @autoclosure () -> JSON, text known: String? = nil) {
        text = known ?? json().text
        guard text.utf8.count > Self.threshold else { return }
        var found: [(Data, String)] = []
        let packed = Self.pack(json(), &found)
        // What looks like a reference nests deeper when it is packed.
        guard !found.isEmpty, packed.depth <= JSON.writtenDepth else { return }
        payloads = found
        text = packed.text
    }

    private static func pack(_ json: JSON, _ found: inout [(Data, String)]) -> JSON {
        switch json {
        case .string(let text) where text.utf8.count >= threshold:
            let hash = Data(SHA256.hash(data: Data(text.utf8)))
            found.append((hash, text))
            return [mark: .string(hash.base64EncodedString())]
        case .array(let items): return .array(items.map { pack($0, &found) })
        case .object(let members):
            let packed = JSON.object(JSON.Object(members.map { ($0.name, pack($0.value, &found)) }))
            // An object that looks like a reference is put in one, so that it is not taken for it.
            return members[mark] == nil ? packed : [mark: nil, "object": packed]
        default: return json
        }
    }

    /// The JSON again.
    ///
    /// - Parameter payload: gives the string of that SHA-256.
    static func unpack(_ json: JSON, _ payload: (Data) throws -> String?) throws -> JSON {
        switch json {
        case .array(let items): return .array(try items.map { try unpack($0, payload) })
        case .object(let members):
            if let reference = members[mark] {
                if let hash = reference.string.flatMap({ Data(base64Encoded: $0) }) {
                    return .string(try payload(hash) ?? "‹lost›")
                }
                if case .object(let inner)? = members["object"] {
                    return .object(JSON.Object(try inner.map { ($0.name, try unpack($0.value, payload)) }))
                }
            }
            return .object(JSON.Object(try members.map { ($0.name, try unpack($0.value, payload)) }))
        default: return json
        }
    }
}

/// Which table a row is in that refers to a payload.
enum PayloadPart: Int { case event, checkpoint, snapshot, exchange }

extension Database {
    /// Stores what a row refers to.
    func keep(_ packed: PackedJSON, part: PayloadPart, owner: Int64, seq: Int64) throws {
        for (hash, text) in packed.payloads {
            try cached("INSERT OR IGNORE INTO payloads VALUES (?, ?)", [hash, text])
            try cached("INSERT OR IGNORE INTO payloadUses VALUES (?, ?, ?, ?)", [part.rawValue, owner, seq, hash])
        }
    }

    /// Releases the payloads of deleted rows, and deletes payloads without references.
    func release(part: PayloadPart, owner: Int64, through last: Int64 = .max, only seq: Int64? = nil) throws {
        let condition = "part = ? AND owner = ? AND seq BETWEEN ? AND ?"
        let arguments: StatementArguments = [part.rawValue, owner, seq ?? 0, seq ?? last]
        let hashes = try Data.fetchAll(
            self,
            sql: "SELECT DISTINCT hash FROM payloadUses WHERE \(condition)",
            arguments: arguments
        )
        guard !hashes.isEmpty else { return }
        try cached("DELETE FROM payloadUses WHERE \(condition)", arguments)
        for hash in hashes {
            try cached(
                "DELETE FROM payloads WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM payloadUses WHERE hash = ?1)",
                [hash]
            )
        }
    }

    /// The JSON of a row with `isPacked` and `body`.
    func unpacked(_ row: Row) throws -> JSON {
        let json = try JSON(parsing: row["body"] as String, depth: JSON.writtenDepth)
        guard row["isPacked"] as Bool else { return json }
        let statement = try cachedStatement(sql: "SELECT body FROM payloads WHERE hash = ?")
        return try PackedJSON.unpack(json) { try String.fetchOne(statement, arguments: [$0]) }
    }

    /// Overwrites what `body` deletes, at the cost of writing it once more.
    func overwriting(_ body: () throws -> Void) throws {
        _ = try String.fetchOne(self, sql: "PRAGMA secure_delete = ON")
        defer { _ = try? String.fetchOne(self, sql: "PRAGMA secure_delete = FAST") }
        try body()
    }

    /// The pages of the write-ahead log after which a commit moves it into the database; 0 for never.
    func emptyLog(afterPages pages: Int) throws {
        _ = try Int.fetchOne(self, sql: "PRAGMA wal_autocheckpoint = \(pages)")
    }

    /// Runs a statement that is compiled once for the connection.
    func cached(_ sql: String, _ arguments: StatementArguments = []) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
