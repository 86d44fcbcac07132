/// The retention of journals, exchanges and the audit log. Data that the present state depends on is always kept.
package struct StoreRetention: Sendable, Hashable {
    /// Milliseconds after which events and exchanges may go; `nil` for never.
    package var age: Int64?
    /// Events of one session that are kept at least; older ones may be dropped. `nil` for no limit.
    package var events: Int?
    /// Exchanges of all agents.
    package var exchanges = 100_000
    /// Entries of the audit log.
    package var audits = 100_000
    /// Refusals in it, beside those.
    package var refusals = 10_000

    package init(age: Int64? = nil, events: Int? = nil) {
        self.age = age
        self.events = events
    }
}
