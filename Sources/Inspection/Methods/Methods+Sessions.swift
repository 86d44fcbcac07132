package import SessionModel

package struct ViewSessionsParams: MethodParams {
    package var watch = ""
    package var query = SessionsQuery()

    package init() {}

    package static let members: [ParamsMember<ViewSessionsParams>] =
        [.text("watch", \.watch)] + SessionsQuery.members.map { $0.within(\.query) }
}

extension SessionsPage: MethodResult {}

/// What a watch is called.
package struct WatchName: MethodParams, MethodResult {
    package var watch = ""

    package init() {}
    package init(_ watch: String) { self.watch = watch }

    package static let members: [ParamsMember<WatchName>] = [.text("watch", \.watch)]

    package var json: JSON { ["watch": .string(watch)] }

    package init?(json: JSON) { watch = json["watch"]?.string ?? "" }
}

extension Methods {
    package static let watchSessions = Method<SessionsQuery, SessionsPage>(
        "sessions.watch",
        .viewer,
        "Opens a window on the list of sessions; `sessions.changed` follows when it changes.",
        answers: ["watch", "total", "counts", "rows"]
    )

    package static let viewSessions = Method<ViewSessionsParams, SessionsPage>(
        "sessions.view",
        .viewer,
        "Moves a window, or changes its filter and order.",
        answers: ["watch", "total", "counts", "rows"]
    )

    package static let unwatchSessions = Method<WatchName, WatchName>(
        "sessions.unwatch",
        .viewer,
        "Closes a window.",
        answers: ["watch"]
    )

    static let sessions = [
        watchSessions.declaration, viewSessions.declaration, unwatchSessions.declaration, search.declaration,
    ]
}
