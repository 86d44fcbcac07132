internal import SessionModel

/// The line in which messages are written: a draft and a history for each session.
struct Composer: Sendable {
    static let rememberedMessages = 50
    static let rememberedSessions = 200

    private struct Desk: Sendable {
        var draft = TextInput()
        var history: [String] = []
        /// Which of the history is shown; `nil` for the draft.
        var recalled: Int?
        /// What was being written when the first of the history was shown.
        var unsent = ""
    }

    private var desks: [SessionKey: Desk] = [:]

    func input(_ key: SessionKey) -> TextInput { desks[key]?.draft ?? TextInput() }

    mutating func edit(_ key: SessionKey, _ change: (inout TextInput) -> Void) {
        if desks[key] == nil, desks.count >= Self.rememberedSessions {
            desks = desks.filter { !$0.value.draft.isEmpty }
        }
        change(&desks[key, default: Desk()].draft)
    }

    /// A session to which something is written and not sent.
    var unsent: SessionKey? {
        desks.filter { !$0.value.draft.isEmpty && $0.value.recalled == nil }.keys.min {
            ($0.agent, $0.session) < ($1.agent, $1.session)
        }
    }

    /// Takes the text out, to be sent.
    mutating func take(_ key: SessionKey) -> String? {
        guard var desk = desks[key], !desk.draft.text.allSatisfy(\.isWhitespace) else { return nil }
        let text = desk.draft.text
        desk.history.removeAll { $0 == text }
        desk.history.append(text)
        if desk.history.count > Self.rememberedMessages { desk.history.removeFirst() }
        desk.draft = TextInput()
        desk.recalled = nil
        desks[key] = desk
        return text
    }

    /// Puts a text back that could not be sent, unless something else has been typed.
    mutating func giveBack(_ text: String, _ key: SessionKey) {
        if input(key).isEmpty { desks[key, default: Desk()].draft = TextInput(text) }
    }

    /// Shows an older (-1) or newer (+1) message again.
    mutating func recall(_ key: SessionKey, by step: Int) {
        guard var desk = desks[key], !desk.history.isEmpty else { return }
        let place = (desk.recalled ?? desk.history.count) + step
        guard (0...desk.history.count).contains(place) else { return }
        if desk.recalled == nil { desk.unsent = desk.draft.text }
        desk.recalled = place < desk.history.count ? place : nil
        desk.draft = TextInput(desk.recalled.map { desk.history[$0] } ?? desk.unsent)
        desks[key] = desk
    }
}
