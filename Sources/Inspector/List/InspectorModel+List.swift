internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    mutating func selectSession(by rows: Int) -> [Effect] {
        list.move(by: rows, height: layout.listHeight)
        return viewWindowIfNeeded() + attachSelected()
    }

    mutating func selectSession(row: Int) -> [Effect] {
        list.selected = list.rows.indices.contains(row - list.offset) ? list.rows[row - list.offset].key : nil
        list.select(row: row, height: layout.listHeight)
        return viewWindowIfNeeded() + attachSelected()
    }

    mutating func clearFilter() -> [Effect] {
        guard !list.filter.isEmpty else { return [] }
        list.filterBeforeTrouble = nil
        list.filter = TextInput()
        list.filterError = nil
        list.isChoosing = true
        list.showBeginning()
        return viewWindow()
    }

    /// Shows only the sessions in trouble, or what was shown before.
    mutating func toggleTrouble() -> [Effect] {
        if let before = list.filterBeforeTrouble {
            list.filterBeforeTrouble = nil
            list.filter = before
        } else {
            list.filterBeforeTrouble = list.filter
            list.filter = TextInput("error")
        }
        list.filterError = nil
        list.isChoosing = true
        list.showBeginning()
        focus = .sessions
        return viewWindow()
    }

    mutating func sortByNext() -> [Effect] {
        let place = SessionList.sorts.firstIndex(of: list.sort) ?? 0
        list.sort = SessionList.sorts[(place + 1) % SessionList.sorts.count]
        arrangement.sort = list.sort
        list.isReversed = false
        list.showBeginning()
        notices.say(.done, "Sorted by \(list.sort.words).", at: now)
        return viewWindow()
    }

    mutating func reverseSort() -> [Effect] {
        list.isReversed.toggle()
        list.showBeginning()
        notices.say(
            .done,
            "Sorted by \(list.sort.words), \(list.isReversed ? "reversed" : "in default order").",
            at: now
        )
        return viewWindow()
    }

    /// Asks for the rows that are on the screen when they are not in the window.
    mutating func viewWindowIfNeeded() -> [Effect] { list.needsWindow(height: layout.listHeight) ? viewWindow() : [] }

    /// Asks for the rows that are wanted now; while an answer is still to come, after that one.
    mutating func viewWindow() -> [Effect] {
        guard link.isUp, let watch = list.watch else { return [] }
        guard !isViewing else {
            list.asksAgain = true
            return []
        }
        let query = windowQuery
        let params = ViewSessionsParams { ($0.watch, $0.query) = (watch, query) }
        return [
            request(Methods.viewSessions, params, about: .window) {
                $0.refused(query, $1)
            } answered: {
                $0.took($1, of: query)
            }
        ]
    }

    private var isViewing: Bool { isPending(.window) }

    /// Whether the shown rows do not belong to the typed filter yet.
    var isSearching: Bool { isViewing && list.filterShown != list.filter.text }

    private mutating func took(_ page: SessionsPage, of query: SessionsQuery) -> [Effect] {
        let again = askAgain()
        // An answer to an earlier filter or order is outdated.
        return isCurrent(query) ? show(page, of: query) + again : again
    }

    /// Handles a refused request for a window.
    private mutating func refused(_ query: SessionsQuery, _ error: RPCError) -> [Effect] {
        let again = askAgain()
        guard isCurrent(query) else { return again }
        list.filterError = error.message
        list.isChoosing = false
        dropHeldKeys()
        return again
    }

    private mutating func askAgain() -> [Effect] {
        guard list.asksAgain else { return [] }
        list.asksAgain = false
        return viewWindow()
    }

    private func isCurrent(_ query: SessionsQuery) -> Bool {
        let requested = windowQuery
        return query.filter == requested.filter && query.sort == requested.sort
            && query.descending == requested.descending
    }

    // MARK: Keys after a filter

    /// Keys that are held at most.
    private static let maximumHeld = 1000

    /// Whether keys must wait, because the list has not selected a row for the new filter yet.
    var holdsKeys: Bool { list.isChoosing && isViewing && !mode.isCovered && focus == .sessions && !mode.isFiltering }

    /// Keys that are about no session.
    private static let freeKeys: Set<Key> = [
        .escape, .control("c"), .control("l"), .character("/"), .character("!"), .character("?"), .character("q"),
    ]

    /// Holds a key until the filter is answered. Returns whether it was held.
    mutating func hold(_ key: Key) -> Bool {
        if key == .escape { list.heldKeys = [] }
        guard holdsKeys, key != .escape, key != .control("c"), !list.heldKeys.isEmpty || !Self.freeKeys.contains(key)
        else {
            return false
        }
        if list.heldKeys.count < Self.maximumHeld { list.heldKeys.append(key) }
        return true
    }

    /// Carries out the keys that waited for the filter.
    mutating func releaseKeys() -> [Effect] {
        let keys = list.heldKeys
        list.heldKeys = []
        // If the mouse has moved the focus or opened something meanwhile, drop the keys.
        guard !keys.isEmpty, focus == .sessions, !mode.isCovered else { return [] }
        guard list.selectedRow != nil else {
            notices.say(.refused, "No session fits the filter, so the keys after it did nothing.", at: now)
            return []
        }
        return keys.flatMap { press($0) }
    }

    mutating func dropHeldKeys() {
        if !list.heldKeys.isEmpty {
            notices.say(.refused, "The list could not be filtered, so the keys after the filter did nothing.", at: now)
        }
        list.heldKeys = []
    }

    var windowQuery: SessionsQuery { list.query(agent: wantedAgent, height: layout.listHeight) }

    /// Opens the selected session, or closes the detail if nothing is selected.
    mutating func attachSelected() -> [Effect] {
        if list.selected == nil, detail != nil {
            let effects = detachEffects()
            detail = nil
            focus = .sessions
            return effects
        }
        guard let key = list.selected, key != detail?.key else { return [] }
        return open(key)
    }

    private mutating func open(_ key: SessionKey) -> [Effect] {
        var effects = detachEffects()
        let tab = detail?.tab ?? lastTab
        detail = SessionDetail(key: key, tabs: actions.tabs, tab: tab)
        detail?.summary = list.rows.first { $0.key == key }
        effects += attachEffects(after: nil)
        return effects
    }

    /// Keeps the detail on its session, whatever the list shows: asks the runtime when the session leaves the list, and reopens
    /// it when a different session has the same id.
    ///
    /// - Parameter wasListed: whether it was among the rows before.
    mutating func followDetail(wasListed: Bool) -> [Effect] {
        guard let detail else { return [] }
        guard let row = list.rows.first(where: { $0.key == detail.key }) else {
            guard wasListed, detail.gone == nil, link.isUp else { return [] }
            let key = detail.key
            return [
                request(Methods.history, .first(of: key)) {
                    $0.wentAwayIfMissing(key, $1)
                } answered: {
                    Self.ignore(&$0, $1)
                }
            ]
        }
        let isAnother = detail.isLoaded && detail.summary.map { $0.created != row.created } ?? false
        if isAnother || detail.gone != nil { return open(detail.key) }
        self.detail?.summary = row
        return []
    }

    var isDetailListed: Bool { list.rows.contains { $0.key == detail?.key } }

    private mutating func detachEffects() -> [Effect] {
        guard link.isUp, let detail else { return [] }
        var effects: [Effect] = []
        if let attachment = detail.attachment {
            effects.append(close(Methods.detach, AttachmentName(attachment)))
        }
        for close in detail.tabs.all.flatMap({ $0.closing }) { effects.append(close(&self)) }
        return effects
    }

    mutating func attachEffects(after: Int?) -> [Effect] {
        guard link.isUp, let key = detail?.key, !isPending(.attaching(key)) else { return [] }
        let params = AttachParams(key) { ($0.after, $0.window) = (after, 2000) }
        return [
            request(Methods.attach, params, about: .attaching(key), waiting: "Opening the session") {
                $0.attachRefused(key, $1)
            } answered: {
                $0.attached(key, after, $1)
            }
        ]
    }

    private mutating func attachRefused(_ key: SessionKey, _ error: RPCError) -> [Effect] {
        guard detail?.key == key else { return [] }
        if detail?.isLoaded == true, error.code == "session_not_found" {
            wentAway(key, error)
        } else {
            detail?.problem = error.description
        }
        return []
    }

    private mutating func wentAwayIfMissing(_ key: SessionKey, _ error: RPCError) -> [Effect] {
        if error.code == "session_not_found" { wentAway(key, error) }
        return []
    }
}
