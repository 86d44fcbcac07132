extension String {
    /// The text in pieces of at most so many bytes, at least 4, cut between scalars.
    func pieces(bytes: Int) -> [String] {
        guard utf8.count > bytes else { return [self] }
        var pieces: [String] = []
        var rest = self[...]
        while !rest.isEmpty {
            var end = rest.utf8.index(rest.startIndex, offsetBy: bytes, limitedBy: rest.endIndex) ?? rest.endIndex
            while end < rest.endIndex, rest.utf8[end] & 0xC0 == 0x80 { end = rest.utf8.index(before: end) }
            pieces.append(String(rest[..<end]))
            rest = rest[end...]
        }
        return pieces
    }
}

/// Runs `body`, and gives it up after a while.
///
/// - Throws: `CancellationError` when it took too long, or what `body` throws.
func withPatience(_ patience: Duration, _ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: patience)
            throw CancellationError()
        }
        defer { group.cancelAll() }
        try await group.next()
    }
}
