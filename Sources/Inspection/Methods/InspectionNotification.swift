/// What a runtime tells an inspector without being asked each time.
package enum InspectionNotification: String, Sendable, CaseIterable {
    case stats = "runtime.stats"
    case sessionsChanged = "sessions.changed"
    case sessionEvent = "session.event"
    case turnDelta = "turn.delta"
    case sessionBusy = "session.busy"
    case hooksChanged = "hooks.changed"
    case exportChunk = "export.chunk"
    case exportEnd = "export.end"
    case rerunStep = "rerun.step"
    case rerunEnd = "rerun.end"

    /// What it holds and when it is sent.
    package var purpose: String {
        switch self {
        case .stats: "Each second while `runtime.stats` is watched: the same as its result."
        case .sessionsChanged:
            "While a window is watched and has changed, at most ten a second: `watch`, `total`, `counts`, `rows`, `coalesced`."
        case .sessionEvent: "Each event after an attachment's cursor once, in order: `attachment`, `event`."
        case .turnDelta: "Streaming text so far, newest value only: `attachment`, `turn`, `text`."
        case .sessionBusy: "What the session is doing, newest value only: `attachment`, `doing`."
        case .hooksChanged: "While exchanges are watched: `watch` and the `exchanges` that are new or finished."
        case .exportChunk: "A piece of a capsule's text: `export`, `text`, `events` so far, `of` how many."
        case .exportEnd: "The end of an export: `export`, `bytes`, and `error` when it failed."
        case .rerunStep:
            "A step of a rerun: `rerun`, and `step` with what came, how it came out (`recorded`, `rerun`), what is the `same`, and `state`, a patch (RFC 6902) from the recorded state to the fork's. Texts above 32 KB are cut, and calls after some hundred are `leftOut`."
        case .rerunEnd:
            "The end of a rerun: `rerun`, `steps`, `repeated`, `lost` (could not be repeated), `different` by what was compared, and `error` when it failed."
        }
    }
}
