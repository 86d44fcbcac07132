internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    /// Takes a message in, and says what the outside is to do.
    package mutating func update(_ message: UpdateMessage) -> [Effect] {
        let effects = handle(message)
        if case .clock = message { return effects }
        return effects + loadNeeded()
    }

    private mutating func handle(_ message: UpdateMessage) -> [Effect] {
        switch message {
        case .clock(let time):
            now = time
            notices.expire(at: now)
            return measureLink()
        case .input(let input): return update(input)
        case .link(let event): return update(event)
        case .file(let answer): return update(answer)
        case .edited(let result): return edited(result)
        case .caption(let text):
            caption = ([], text, now)
            return []
        case .themes(let names):
            themes = names
            return []
        case .problem(let text):
            notices.say(.failed, text, at: now)
            return []
        }
    }

    /// Requests the runtime's stats, which also measures the round trip: every five seconds, or every second while
    /// notifications arrive. A request per second would cost an idle interface more than all its drawing.
    private mutating func measureLink() -> [Effect] {
        guard link.isUp, hello != nil, now - link.measured >= (link.hasNews ? 1000 : 5000) else { return [] }
        link.measured = now
        link.hasNews = false
        return [loadStats()]
    }

    /// Whether a message brings nothing but numbers for the top line.
    package func isNumbers(_ message: UpdateMessage) -> Bool {
        switch message {
        case .link(.answer(let id, .success, _)): stats != nil && pending[id]?.topic == .stats
        default: false
        }
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
        case .pasteRefused(let bytes):
            let most = Format.bytes(InputDecoder.maximumPaste)
            notices.say(.refused, "Paste refused: \(Format.bytes(bytes)) exceeds the limit of \(most).", at: now)
            return []
        case .hungUp: return [.quit]
        case .key(let key):
            selection = selection?.text == nil ? nil : selection
            if showsCaptions { note(key) }
            return press(key)
        case .mouse(let mouse): return update(mouse)
        case .background: return []
        }
    }

    private mutating func note(_ key: Key) {
        let isFresh = now - caption.at < 2000 && caption.text.isEmpty
        caption = ((isFresh ? caption.keys.suffix(11) : []) + [key.description], "", now)
    }

    private mutating func paste(_ text: String) -> [Effect] {
        if overlay == nil, let lab = mode.lab {
            return HookLab.edit(&self) { $0.insert(lab.field.isLong ? text : text.replacing("\n", with: " ")) }
        }
        if overlay != nil { return editOverlay { $0.insert(text.replacing("\n", with: " ")) } }
        if mode.isSearching {
            search?.input.insert(text.replacing("\n", with: " "))
            return findNext(by: 1)
        }
        if mode.isFiltering { return editFilter { $0.insert(text.replacing("\n", with: " ")) } }
        guard let detail else { return [] }
        if let disabledReason = holdsKeys ? "The list is still being filtered." : reasonNotToSend {
            notices.say(.refused, "Paste: \(disabledReason)", at: now)
            return []
        }
        focus = .compose
        var isTaken = false
        composer.edit(detail.key) { isTaken = $0.insert(text) }
        if !isTaken {
            let most = Format.bytes(TextInput.maximumBytes)
            notices.say(.refused, "Paste: the message would be larger than \(most).", at: now)
        }
        return []
    }

    mutating func press(_ key: Key) -> [Effect] {
        // The screen is too small to show anything, so only q and Ctrl-C have an effect.
        if layout.isTooSmall { return key == .character("q") || key == .control("c") ? askToQuit() : [] }
        list.isHeld = true
        if notices.shown?.kind == .refused, key != .escape { notices.dismiss() }
        let effects: [Effect]? =
            switch mode {
            case .overlay: pressInOverlay(key)
            case .lab: HookLab.press(key, &self)
            case .filtering: pressInFilter(key)
            case .searching: pressInSearch(key)
            case _ where hold(key): []
            case .composing: pressInComposer(key)
            case .list, .detail: key == .escape ? dismissed() : nil
            }
        if let effects { return effects }
        if let action = keymap.action(for: key, in: focus, on: detail?.tab) { return perform(action) }
        return []
    }

    /// Esc dismisses one thing, such as a notice, marks or a pending request; `nil` when there was none.
    private mutating func dismissed() -> [Effect]? {
        if selection != nil || search != nil {
            (selection, search) = (nil, nil)
            return []
        }
        let isReading = notices.shown.map { $0.kind != .done } ?? false
        notices.dismiss()
        if isReading { return [] }
        if let effects = stopLongWork() { return effects }
        if clearMarks() { return [] }
        guard let waiting = pending.first(where: { $0.value.waiting != nil && now - $0.value.since >= 200 }) else {
            return nil
        }
        pending[waiting.key] = nil
        notices.say(.refused, "\(waiting.value.waiting ?? ""): stopped waiting; it may still take effect.", at: now)
        return []
    }
}

// MARK: Text lines

extension InspectorModel {
    /// `nil` when the key is for the rest of the interface.
    private mutating func pressInFilter(_ key: Key) -> [Effect]? {
        switch key {
        case .enter:
            mode = .list
            return []
        case .tab: return completeFilter()
        case .control("s"):
            saveFilter()
            return []
        case .escape:
            mode = .list
            return clearFilter()
        case .down, .up:
            return selectSession(by: key == .down ? 1 : -1)
        case .control("c"): return nil
        default: return editFilter { _ = $0.handle(key) }
        }
    }

    mutating func editFilter(_ change: (inout TextInput) -> Void) -> [Effect] {
        let before = list.filter.text
        change(&list.filter)
        guard list.filter.text != before else { return [] }
        list.filterError = nil
        list.showBeginning()
        list.isChoosing = true
        return viewWindow()
    }

    private mutating func pressInComposer(_ key: Key) -> [Effect]? {
        guard let detail else { return nil }
        switch key {
        case .enter: return sendMessage()
        case .control("e"): return [.edit(composer.input(detail.key).text, suffix: "txt")]
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
