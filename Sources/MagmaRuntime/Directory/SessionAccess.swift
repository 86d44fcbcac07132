internal import Magma
internal import SessionModel

/// What someone needs of a session.
enum SessionAccess: Sendable {
    /// It is there, awake or not. Nothing of it is written, and its agent does not wake.
    case viewing
    /// The same for one that is made of it; it is not there while it is itself made of another.
    case forking
    /// It is there, and awake.
    case awake
    /// The same for a tick, which does not count as use.
    case ticking
    /// It is awake; made at first sight.
    case awakeOrNew(SessionBeginning)
    /// It is made now; another one of its id is an error.
    case new(SessionBeginning)

    var beginning: SessionBeginning? {
        switch self {
        case .viewing, .forking, .awake, .ticking: nil
        case .awakeOrNew(let beginning), .new(let beginning): beginning
        }
    }

    var isView: Bool {
        switch self {
        case .viewing, .forking: true
        case .awake, .ticking, .awakeOrNew, .new: false
        }
    }

    var isUse: Bool { if case .ticking = self { false } else { true } }
}

/// How a session begins.
struct SessionBeginning: Sendable {
    enum Source: Sendable {
        /// The agent's `setup` with that input; then fields get values.
        case setup(JSON, state: JSON.Object = [:])
        /// Another session's context and state as they were at a moment; `setup` does not run, and jobs are paused.
        case fork(of: SessionKey, SessionFold, by: ChangeAuthor)
    }

    let origin: Origin
    var source = Source.setup([:])
    /// Whether who makes it stores what comes next before anything is answered, so that one write may have both.
    var isStoredWithMore = false
}
