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
    /// Details of what was done, such as a job, a snapshot or a path; never a value.
    package var about: String?
    /// The code of the error with which it was refused or failed; `nil` when it succeeded.
    package var error: String?

    /// Whether it was refused because the token's role is too low. Refusals are kept apart, so that many of them
    /// cannot push out entries of what was done.
    package var isRefusal: Bool { error == "forbidden" }

    package init(at: Int64, by: String, role: Role, method: String) {
        self.at = at
        self.by = by
        self.role = role
        self.method = method
    }
}
