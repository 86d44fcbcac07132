/// Where key presses go.
enum InputMode: Sendable {
    case list
    /// The list's filter is being typed.
    case filtering
    case detail
    /// What is searched for in the tab is being typed.
    case searching
    /// A message is being written; Esc leads back to the pane.
    case composing(from: Pane)
    /// An overlay receives the keys. When it closes, the mode below receives them again.
    indirect case overlay(Overlay, over: InputMode)
    /// The hook lab fills the screen.
    indirect case lab(HookLab, over: InputMode)

    /// The pane that has the selection, even below an overlay.
    enum Pane: Sendable, Hashable, CaseIterable { case sessions, detail, compose }

    var pane: Pane {
        switch self {
        case .list, .filtering: .sessions
        case .detail, .searching: .detail
        case .composing: .compose
        case .overlay(_, let below), .lab(_, let below): below.pane
        }
    }

    /// Goes to a pane; what lies over the screen stays.
    mutating func focus(_ pane: Pane) {
        switch self {
        case .overlay(let overlay, var below):
            below.focus(pane)
            self = .overlay(overlay, over: below)
        case .lab(let lab, var below):
            below.focus(pane)
            self = .lab(lab, over: below)
        default:
            let before = self.pane
            if pane == before { return }
            switch pane {
            case .sessions: self = .list
            case .detail: self = .detail
            case .compose: self = .composing(from: before)
            }
        }
    }

    /// Whether something lies over the panes.
    var isCovered: Bool {
        switch self {
        case .overlay, .lab: true
        default: false
        }
    }

    var isFiltering: Bool {
        switch self {
        case .filtering: true
        case .overlay(_, let below), .lab(_, let below): below.isFiltering
        default: false
        }
    }

    var isSearching: Bool {
        switch self {
        case .searching: true
        case .overlay(_, let below), .lab(_, let below): below.isSearching
        default: false
        }
    }

    /// What lies over the screen; setting it keeps what is below.
    var overlay: Overlay? {
        get { if case .overlay(let overlay, _) = self { overlay } else { nil } }
        set {
            let below = if case .overlay(_, let below) = self { below } else { self }
            self = newValue.map { .overlay($0, over: below) } ?? below
        }
    }

    /// The hook lab, also where a question lies over it.
    var lab: HookLab? {
        get {
            switch self {
            case .lab(let lab, _): lab
            case .overlay(_, let below): below.lab
            default: nil
            }
        }
        set {
            switch self {
            case .lab(_, let below): self = newValue.map { .lab($0, over: below) } ?? below
            case .overlay(let overlay, var below):
                below.lab = newValue
                self = .overlay(overlay, over: below)
            default: if let newValue { self = .lab(newValue, over: self) }
            }
        }
    }
}
