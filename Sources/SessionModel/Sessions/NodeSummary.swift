/// One of the runtimes that use a database together, as inspectors see it.
package struct NodeSummary: Sendable, Hashable {
    /// Such as `host:3000`.
    package var name: String
    package var version: String
    /// Milliseconds for which its lease still goes on.
    package var lease: Int64
    /// Whether it shuts down, and takes no more sessions.
    package var isDraining: Bool
    /// How many sessions it has awake.
    package var sessions: Int

    package init(name: String, version: String, lease: Int64, isDraining: Bool, sessions: Int) {
        self.name = name
        self.version = version
        self.lease = lease
        self.isDraining = isDraining
        self.sessions = sessions
    }
}
