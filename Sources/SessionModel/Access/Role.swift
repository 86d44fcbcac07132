/// What a token may do: each role may all that the ones before it may.
package enum Role: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Looks.
    case viewer
    /// Acts: sends, replays, runs, pauses.
    case `operator`
    /// Changes: edits, restores, ends, deletes.
    case admin

    package static func < (left: Role, right: Role) -> Bool {
        allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
    }
}
