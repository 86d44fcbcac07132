package import Foundation
internal import Inspection
internal import SessionModel
package import Terminal

/// Everything the interface knows: a value. Only ``update(_:)`` changes it, only `view` draws it.
package struct InspectorModel: Sendable {
    /// What the command line asked for.
    var setup: Setup
    /// Wall-clock milliseconds since 1970.
    package internal(set) var now: Int64
    var link = LinkStatus()
    var requests = OpenRequests()
    var list = SessionList()
    var detail: SessionDetail?
    var mode = InputMode.list
    var search: Search?
    var notices = NoticeLog()
    var work = Work()
    package var screen: ScreenState
    package internal(set) var preferences: Preferences

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
        setup = Setup(
            profile: profile,
            address: address,
            zone: zone,
            agent: agent,
            readOnlyReason: readOnlyReason,
            isReadOnly: isReadOnly || readOnlyReason != nil,
            session: session
        )
        self.now = now
        screen = ScreenState(size: size)
        preferences = Preferences(arrangement: arrangement, keymap: keymap)
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
    var role: Role? { link.hello?.role }

    /// Whether the first list and the first session have loaded.
    var isFilled: Bool { list.page.map { $0.total == 0 } ?? false || detail?.isLoaded == true }

    typealias Focus = InputMode.Pane

    /// The pane that has the selection.
    var focus: Focus {
        get { mode.pane }
        set { mode.focus(newValue) }
    }

    var overlay: Overlay? {
        get { mode.overlay }
        set { mode.overlay = newValue }
    }
}
