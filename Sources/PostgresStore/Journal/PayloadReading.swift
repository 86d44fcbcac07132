internal import FoundationEssentials
internal import MagmaRuntime
internal import Postgres
internal import SessionModel

/// Puts the large strings that are stored beside JSON back into it.
enum PayloadReading {
    /// The JSON of rows with `session`, `refs` and `body`; `nil` for what is not JSON.
    ///
    /// - Parameter read: runs a command.
    static func unpacked(
        _ rows: some Collection<Rows.Row>,
        _ read: (Command) async throws -> Rows
    ) async throws -> [JSON?] {
        var payloads: [Int64: [String: String]] = [:]
        for (session, rows) in Dictionary(grouping: rows, by: { $0.int(0) ?? 0 }) {
            let hashes = Set(rows.flatMap { ($0[1] ?? "").split(separator: " ").map(String.init) })
            guard !hashes.isEmpty else { continue }
            for row in try await read(payloadsOf(.int(session), .texts(Array(hashes)))) {
                guard let hash = row[0], let text = try? JSON(parsing: row[1] ?? "").string else { continue }
                payloads[session, default: [:]][hash] = text
            }
        }
        return try rows.map { row in
            guard let json = try? JSON(parsing: row[2] ?? "", depth: JSON.writtenDepth) else { return nil }
            guard row[1] != nil else { return json }
            let known = payloads[row.int(0) ?? 0] ?? [:]
            return try PackedJSON.unpack(json) { known[$0.base64EncodedString()] }
        }
    }

    private static let payloadsOf = Statement(
        "SELECT hash, body FROM payloads WHERE session = $1::bigint AND hash = ANY ($2::text[])"
    )
}

extension PackedJSON {
    /// What it refers to, as rows of `payloads`: as JSON, which has no U+0000 in it.
    var storedPayloads: [(hash: String, body: String)] {
        payloads.map { ($0.hash.base64EncodedString(), JSON.string($0.text).text) }
    }

    /// The hashes of what it refers to, for a column `refs`; `nil` for none.
    var refs: String? { payloads.isEmpty ? nil : payloads.map { $0.hash.base64EncodedString() }.joined(separator: " ") }
}
