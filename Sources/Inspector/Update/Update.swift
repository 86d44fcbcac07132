internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    /// Takes a message in, and says what the outside is to do.
    package mutating func update(_ message: UpdateMessage) -> [Effect] {
        switch message {
        case .clock(let time):
            now = time
            notices.expire(at: now)
            return measureLink()
        case .input(let input): return update(input)
        case .link(let event): return update(event)
        }
    }

    /// Asks the runtime something small every five seconds, for the round trip in the top line.
    private mutating func measureLink() -> [Effect] {
        guard link.isUp, hello != nil, now - link.measured >= 5000 else { return [] }
        link.measured = now
        return [request(.stats, "runtime.stats", [:])]
    }

    /// When something on the screen changes by itself: milliseconds since 1970.
    package var nextWake: Int64 {
        let second = now - now % 1000 + 1000
        let isAnimated = list.rows.contains { $0.doing != nil } || detail?.doing != nil
        let wait = pending.values.compactMap { $0.waiting == nil ? nil : $0.since + 200 }.filter { $0 > now }.min()
        return min(second, isAnimated ? now + 125 : second, wait ?? second)
    }

    private mutating func update(_ input: Input) -> [Effect] {
        switch input {
        case .resize(let size):
            self.size = size
            return viewWindowIfNeeded()
        case .resumed: return []
        case .paste(let text): return paste(text)
        case .key(let key): return press(key)
        }
    }

    private mutating func paste(_ text: String) -> [Effect] {
        if overlay != nil { return editOverlay { $0.insert(text.replacing("\n", with: " ")) } }
        if list.isFiltering { return editFilter { $0.insert(text.replacing("\n", with: " ")) } }
        guard let detail else { return [] }
        focus = .compose
        composer.edit(detail.key) { $0.insert(text) }
        return []
    }

    /// Alt with a key is what terminals also send for an Esc that the key follows at once.
    private mutating func press(_ key: Key) -> [Effect] {
        if case .alt(let character) = key { return press(.escape) + press(.character(character)) }
        list.isHeld = true
        if overlay != nil { return pressInOverlay(key) }
        if list.isFiltering, let effects = pressInFilter(key) { return effects }
        if focus == .compose, let effects = pressInComposer(key) { return effects }
        if key == .escape, focus != .compose, dismissed() { return [] }
        if let action = ActionTable.action(for: key, in: focus) { return perform(action) }
        return []
    }

    /// Esc first takes away what waits to be read or done; whether there was something.
    private mutating func dismissed() -> Bool {
        if notices.shown != nil {
            notices.dismiss()
            return true
        }
        guard let waiting = pending.first(where: { $0.value.waiting != nil && now - $0.value.since >= 200 }) else {
            return false
        }
        pending[waiting.key] = nil
        notices.say(.refused, "\(waiting.value.waiting ?? ""): no longer waited for; it may still be done.", at: now)
        return true
    }
}

// MARK: Text lines

extension InspectorModel {
    /// `nil` when the key is for the rest of the interface.
    private mutating func pressInFilter(_ key: Key) -> [Effect]? {
        switch key {
        case .enter, .tab:
            list.isFiltering = false
            return []
        case .escape:
            list.isFiltering = false
            return clearFilter()
        case .down, .up:
            return selectSession(by: key == .down ? 1 : -1)
        case .control("c"): return nil
        default: return editFilter { _ = $0.handle(key) }
        }
    }

    private mutating func editFilter(_ change: (inout TextInput) -> Void) -> [Effect] {
        let before = list.filter.text
        change(&list.filter)
        guard list.filter.text != before else { return [] }
        list.showBeginning()
        list.selected = nil
        return viewWindow()
    }

    private mutating func pressInComposer(_ key: Key) -> [Effect]? {
        guard let detail else { return nil }
        switch key {
        case .enter: return sendMessage()
        case .control("j"):
            composer.edit(detail.key) { $0.insert("\n") }
            return []
        case .up: composer.recall(detail.key, by: -1)
        case .down: composer.recall(detail.key, by: 1)
        case .control("c"), .control("z"), .escape, .tab, .backTab: return nil
        default: composer.edit(detail.key) { _ = $0.handle(key) }
        }
        return []
    }
}
