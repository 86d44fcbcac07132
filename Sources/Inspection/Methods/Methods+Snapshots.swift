package import SessionModel

package struct SnapshotParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var name = ""
    package var seq: Int?

    package init() {}

    package static let members: [ParamsMember<SnapshotParams>] =
        ParamsMember.session + [.text("name", \.name), .number("seq", \.seq, "by default now")]
}

package struct SnapshotResult: MethodResult {
    package var snapshot: SnapshotSummary

    package init(snapshot: SnapshotSummary) { self.snapshot = snapshot }

    package var json: JSON { ["snapshot": snapshot.json] }

    package init?(json: JSON) {
        guard let snapshot = json["snapshot"].flatMap(SnapshotSummary.init(json:)) else { return nil }
        self.snapshot = snapshot
    }
}

package struct SnapshotsResult: MethodResult {
    package var snapshots: [SnapshotSummary]

    package init(snapshots: [SnapshotSummary]) { self.snapshots = snapshots }

    package var json: JSON { ["snapshots": .array(snapshots.map(\.json))] }

    package init?(json: JSON) {
        guard let snapshots = json["snapshots"]?.array else { return nil }
        self.snapshots = snapshots.compactMap(SnapshotSummary.init(json:))
    }
}

package struct SnapshotName: SessionParams {
    package var agent = ""
    package var session = ""
    package var name = ""

    package init() {}

    package static let members: [ParamsMember<SnapshotName>] = ParamsMember.session + [.text("name", \.name)]
}

package struct SnapshotDeleted: MethodResult {
    package var name: String

    package init(name: String) { self.name = name }

    package var json: JSON { ["name": .string(name), "deleted": true] }

    package init?(json: JSON) { name = json["name"]?.string ?? "" }
}

package struct ForkParams: SessionParams {
    package var agent = ""
    package var session = ""
    /// By default as it is now.
    package var from: Moment?
    package var id: String?
    package var temporary = false

    package init() {}

    package static let members: [ParamsMember<ForkParams>] =
        ParamsMember.session + [.moment("from", \.from), .text("as", \.id), .flag("temporary", \.temporary)]
}

package struct RestoreParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var to = Moment.seq(0)
    /// The `seq` up to which the caller has seen the session, so that nothing newer is overwritten.
    package var expect: Int?
    package var anyway = false

    package init() {}

    package static let members: [ParamsMember<RestoreParams>] =
        ParamsMember.session + [
            .moment("to", \.to), .number("expect", \.expect, "the seq that was seen"),
            .flag("anyway", \.anyway, "true to do it whatever came since"),
        ]
}

extension Methods {
    package static let snapshot = Method<SnapshotParams, SnapshotResult>(
        "session.snapshot",
        .operator,
        "Creates a snapshot: names a moment of a session.",
        answers: ["snapshot"]
    )

    package static let listSnapshots = Method<SessionName, SnapshotsResult>(
        "snapshots.list",
        .viewer,
        "The snapshots of a session, oldest first.",
        answers: ["snapshots"]
    )

    package static let deleteSnapshot = Method<SnapshotName, SnapshotDeleted>(
        "snapshot.delete",
        .admin,
        "Deletes a snapshot.",
        answers: ["name", "deleted"]
    )

    package static let fork = Method<ForkParams, SessionResult>(
        "session.fork",
        .operator,
        "Creates a session from a moment of another one; its jobs start paused.",
        answers: ["agent", "session", "summary"]
    )

    package static let restore = Method<RestoreParams, SessionResult>(
        "session.restore",
        .admin,
        "Sets context and state back to a moment, as a new event.",
        answers: ["agent", "session", "summary", "seq"]
    )

    static let snapshots = [
        snapshot.declaration, listSnapshots.declaration, deleteSnapshot.declaration, fork.declaration,
        restore.declaration,
    ]
}
