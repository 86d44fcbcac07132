package import Foundation
internal import Inspection
package import SessionModel
package import Terminal

/// Everything the interface knows: a value. Only ``update(_:)`` changes it, only `view` draws it.
package struct InspectorModel: Sendable {
    /// The runtime's name in the top line.
    let profile: String
    /// Where it is, as the command takes it.
    let address: String
    let zone: TimeZone
    /// Whether everything that changes something is refused, whatever the token may.
    package internal(set) var isReadOnly: Bool
    /// Why that cannot be switched off; `nil` when it can.
    let readOnlyReason: String?

    package internal(set) var size: Size
    /// Wall-clock milliseconds since 1970.
    package internal(set) var now: Int64
    var link = LinkStatus()
    var hello: Hello?
    var stats: RuntimeStats?

    var list = SessionList()
    var detail: SessionDetail?
    var mode = InputMode.list
    /// The tab in which the next session is shown.
    var lastTab = TabID.context
    var composer = Composer()
    var notices = NoticeLog()
    /// Actions that were found in the palette and done, the last one first.
    var recentActions: [String] = []
    var search: Search?
    /// The message that the editor has.
    var editing: (key: SessionKey, message: Message)?
    var selection: Selection?
    /// What the mouse holds.
    var dragged: Dragged?
    /// Where its button was pressed last, and when.
    var lastPress: (at: Point, time: Int64)?
    /// A capsule on its way.
    var transfer: Transfer?
    /// Requests that are sent one after another.
    var bulk: Bulk?
    package internal(set) var arrangement: Arrangement
    /// Which keys do what.
    package internal(set) var keymap: KeyMap
    /// Whether keys are shown as they are pressed, for those who look on.
    package var showsCaptions = false
    /// The keys that were pressed last, and what was said about them; and since when.
    var caption: (keys: [String], text: String, at: Int64) = ([], "", 0)
    /// How it looks, for pictures of the screen.
    package var palette = Palette()
    /// The themes that there are, by name.
    var themes = Theme.builtInNames

    var pending: [Int: PendingRequest] = [:]
    /// How many have been sent.
    var requests = 0
    /// The only agent to list, and the session to open first.
    let wantedAgent: String?
    var wantedSession: String?
    /// The keys that ``wantedSession`` may have and that the runtime has not answered for.
    var searched: Set<SessionKey> = []

    package init(
        profile: String,
        address: String = "",
        size: Size,
        now: Int64,
        zone: TimeZone = .current,
        agent: String? = nil,
        session: String? = nil,
        isReadOnly: Bool = false,
        readOnlyReason: String? = nil,
        arrangement: Arrangement = Arrangement(),
        keymap: KeyMap = KeyMap()
    ) {
        self.profile = profile
        self.address = address
        self.arrangement = arrangement
        self.keymap = keymap
        self.size = size
        self.now = now
        self.zone = zone
        self.isReadOnly = isReadOnly || readOnlyReason != nil
        self.readOnlyReason = readOnlyReason
        wantedAgent = agent
        wantedSession = session
        link.since = now
        list.sort = arrangement.sort
    }

    /// The runtime's clock, in milliseconds since 1970: what its times are measured by.
    var runtimeNow: Int64 { now + link.clockOffset }

    /// Adopts the runtime's clock. Ignores small differences, which are network latency.
    ///
    /// - Parameter time: within `NumberRange.time`, so that sums with it cannot overflow.
    mutating func setClock(_ time: Int64?) {
        guard let theirs = time else { return }
        let offset = theirs - now
        link.clockOffset = abs(offset) < 2000 ? 0 : offset
    }

    /// The role of the token, `nil` before the runtime has said so.
    var role: Role? { hello?.role }

    /// Whether the first list and the first session have loaded.
    var isFilled: Bool { list.page.map { $0.total == 0 } ?? false || detail?.isLoaded == true }

}

/// How the link stands.
struct LinkStatus: Sendable {
    enum State: Sendable, Hashable {
        case connecting
        case up
        case down(reason: String, retryAt: Int64)
    }

    var state = State.connecting
    /// When it came into that state; of a link that was lost, when it was lost.
    var since: Int64 = 0
    /// Milliseconds of the last answer.
    var roundTrip: Double?
    /// Why the two do not understand each other.
    var problem: String?
    /// Milliseconds that the runtime's clock is ahead of this machine's.
    var clockOffset: Int64 = 0
    /// When the round trip was last asked for.
    var measured: Int64 = 0
    /// Whether the runtime has told something since.
    var hasNews = false

    var isUp: Bool { state == .up }
}

/// What the interface asks the outside to do.
package enum Effect: Sendable, Equatable {
    case request(id: Int, method: String, params: JSON)
    case quit
    case suspend
    /// Redraws the whole screen.
    case redraw
    /// To the clipboard.
    case copy(String)
    /// A text into the person's editor; comes back as ``UpdateMessage/edited(_:)``.
    case edit(String, suffix: String)
    case file(FileWork)
    /// A text into the person's pager.
    case page(String)
    case theme(ThemeChoice)
}

/// Which theme the screen is to have.
package enum ThemeChoice: Sendable, Equatable {
    /// One by its name, from now on.
    case chosen(String)
    /// One by its name, until another one is asked for.
    case preview(String)
    /// The one that was chosen last.
    case back
}

/// What reaches the interface.
package enum UpdateMessage: Sendable {
    case input(Input)
    case clock(Int64)
    case link(LinkEvent)
    case file(FileAnswer)
    /// What the editor left, or why there was none.
    case edited(Result<String, EditorFailure>)
    /// A line for those who look on.
    case caption(String)
    /// The names of the themes that there are.
    case themes([String])
    /// Something that the person is to know.
    case problem(String)
}

/// Why nothing came back from the editor.
package struct EditorFailure: Error, Sendable, Hashable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
