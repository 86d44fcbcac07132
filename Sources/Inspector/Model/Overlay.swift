internal import SessionModel

/// What lies over the screen and has the keys.
enum Overlay: Sendable {
    case help(top: Int)
    case log(top: Int)
    case palette(Palette)
    case prompt(Prompt)

    /// All actions, to be searched by name.
    struct Palette: Sendable {
        var input = TextInput()
        var selected = 0
    }

    /// A question with a line to answer it in.
    struct Prompt: Sendable {
        enum Purpose: Sendable, Hashable {
            /// A session's id to replay that exchange into.
            case replay(exchange: String)
            /// The id of a session that is to be made; empty for a temporary one.
            case create(agent: String)
            /// The id typed again.
            case end(SessionKey)
        }

        let purpose: Purpose
        let question: String
        var input = TextInput()
    }
}
