/// Who did what through the inspection protocol.
package struct AuditEntry: Sendable, Hashable {
    /// Counted from 1 by the store; 0 before it is stored.
    package var number = 0
    /// Milliseconds since 1970.
    package var at: Int64
    /// The token's name.
    package var by: String
    package var role: Role
    package var method: String
    package var agent: String?
    package var session: String?
    /// What else tells what was done, such as a job, a snapshot or a path; never a value.
    package var about: String?
    /// The code of the error that it was refused with or failed with; `nil` when it was done.
    package var error: String?

    /// Whether it was refused since the token's role does not do for it. These are kept apart, so that however many there are
    /// they push nothing out that was done.
    package var isRefusal: Bool { error == "forbidden" }

    package init(at: Int64, by: String, role: Role, method: String) {
        self.at = at
        self.by = by
        self.role = role
        self.method = method
    }
}
