/// What a token may do: each role includes the ones before it.
package enum Role: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Only reads.
    case viewer
    /// Acts: sends, replays, runs, pauses.
    case `operator`
    /// Changes: edits, restores, ends, deletes.
    case admin

    package static func < (left: Role, right: Role) -> Bool {
        allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
    }
}
