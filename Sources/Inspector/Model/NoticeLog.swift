/// The results of actions. Errors stay on the screen until they are dismissed; every notice goes to the log.
struct NoticeLog: Sendable {
    struct Notice: Sendable, Hashable {
        enum Kind: Sendable, Hashable { case done, refused, failed }

        let kind: Kind
        let text: String
        let at: Int64
    }

    static let remembered = 500
    /// How long a notice of success is shown, in milliseconds.
    static let shownFor: Int64 = 4000

    private(set) var all: [Notice] = []
    private(set) var shown: Notice?

    mutating func say(_ kind: Notice.Kind, _ text: String, at now: Int64) {
        let notice = Notice(kind: kind, text: text, at: now)
        all.append(notice)
        if all.count > Self.remembered { all.removeFirst() }
        shown = notice
    }

    mutating func dismiss() { shown = nil }

    /// Takes a notice of success away when it has been shown long enough.
    mutating func expire(at now: Int64) {
        if let shown, shown.kind == .done, now - shown.at >= Self.shownFor { self.shown = nil }
    }
}
