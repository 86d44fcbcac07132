internal import SessionModel

/// What lies over the screen and has the keys.
enum Overlay: Sendable {
    case help(Help)
    case log(top: Int)
    case palette(Palette)
    case prompt(Prompt)
    case event(EventCard)
    case text(Text)
    /// Texts that were found in all sessions.
    case found
    /// The last rerun.
    case rerun

    /// An event by itself, and what is linked to it.
    struct EventCard: Sendable {
        let seq: Int
        /// Which of its links.
        var selected = 0
        var top = 0
    }

    /// Lines to read.
    struct Text: Sendable {
        let title: String
        let lines: [StyledLine]
        var top = 0
    }

    /// Every key and what it does, to be searched.
    struct Help: Sendable {
        var top = 0
        /// What the lines that are shown hold.
        var input = TextInput()
        var isTyping = false
    }

    /// All actions, to be searched by name.
    struct Palette: Sendable {
        var input = TextInput()
        var selected = 0
        /// The theme that the screen shows while it is selected.
        var preview: String?
    }

    /// A question with a line to answer it in.
    struct Prompt: Sendable {
        /// What is done with all marked sessions.
        enum MarkedWork: Sendable, Hashable {
            case end, delete, snapshot

            var title: String {
                switch self {
                case .end: "End"
                case .delete: "Delete"
                case .snapshot: "Take a snapshot of"
                }
            }
        }

        /// What is done that cannot be taken back; `nil` for all else.
        var danger: String? {
            switch purpose {
            case .delete(let key): "Delete \(key.session)"
            case .end(let key): "End \(key.session)"
            case .deleteSnapshot(_, let name): "Delete the snapshot \(name)"
            case .marked(let work, let keys) where work != .snapshot:
                "\(work.title) \(Format.count(keys.count, "session"))"
            default: nil
            }
        }

        enum Purpose: Sendable, Hashable {
            /// A session's id to replay that exchange into.
            case replay(exchange: String)
            /// The id of a session that is to be made; empty for a temporary one.
            case create(agent: String)
            /// The id typed again.
            case end(SessionKey)
            /// The number of an event to go to.
            case travel
            /// A capsule's file.
            case export(SessionKey)
            case take
            /// The number of sessions typed.
            case marked(MarkedWork, [SessionKey])
            /// A picture of the screen: the file, whose ending says how.
            case picture
            /// Whether what is on its way is given up.
            case quit
            /// What is different in the rerun.
            case rerun(SessionKey)
            case editField(SessionKey, JSONPointer, was: JSON)
            case snapshot(SessionKey, seq: Int)
            case fork(SessionKey, from: Moment)
            case restore(SessionKey, to: Moment, expect: Int?)
            case deleteSnapshot(SessionKey, name: String)
            /// The id that a temporary session is to have from now on.
            case keep(SessionKey)
            /// The id typed again.
            case delete(SessionKey)
        }

        let purpose: Purpose
        let question: String
        var input = TextInput()
        /// Whether Enter is the whole answer.
        var isQuestionOnly = false
    }
}
