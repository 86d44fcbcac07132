internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    /// Takes a message in, and says what the outside is to do.
    package mutating func update(_ message: UpdateMessage) -> [Effect] {
        let effects = handle(message)
        if case .clock = message { return effects }
        return effects + NeededEvents.load(&self)
    }

    private mutating func handle(_ message: UpdateMessage) -> [Effect] {
        switch message {
        case .clock(let time):
            now = time
            notices.expire(at: now)
            return measureLink()
        case .input(let input): return update(input)
        case .link(let event): return LinkUpdates.update(event, &self)
        case .file(let answer): return Transfers.update(answer, &self)
        case .edited(let result): return EditorTexts.take(result, &self)
        case .caption(let text):
            screen.caption = ([], text, now)
            return []
        case .themes(let names):
            preferences.themes = names
            return []
        case .problem(let text):
            notices.say(.failed, text, at: now)
            return []
        }
    }

    /// Requests the runtime's stats, which also measures the round trip: every five seconds, or every second while
    /// notifications arrive. A request per second would cost an idle interface more than all its drawing.
    private mutating func measureLink() -> [Effect] {
        guard link.isUp, link.hello != nil, now - link.measured >= (link.hasNews ? 1000 : 5000) else { return [] }
        link.measured = now
        link.hasNews = false
        return [LinkUpdates.loadStats(&self)]
    }

    /// Whether a message brings nothing but numbers for the top line.
    package func isNumbers(_ message: UpdateMessage) -> Bool {
        switch message {
        case .link(.answer(let id, .success, _)): link.stats != nil && requests.pending[id]?.topic == .stats
        default: false
        }
    }

    /// When something on the screen changes by itself: milliseconds since 1970.
    package var nextWake: Int64 {
        let second = now - now % 1000 + 1000
        let isAnimated = list.rows.contains { $0.doing != nil } || detail?.doing != nil
        let wait = requests.pending.values.compactMap { $0.waiting == nil ? nil : $0.since + 200 }.filter { $0 > now }
            .min()
        return min(second, isAnimated ? now + 125 : second, wait ?? second)
    }

    private mutating func update(_ input: Input) -> [Effect] {
        switch input {
        case .resize(let size):
            self.screen.size = size
            return ListWindow.viewIfNeeded(&self)
        case .resumed: return []
        case .paste(let text): return paste(text)
        case .pasteRefused(let bytes):
            let most = Format.bytes(InputDecoder.maximumPaste)
            notices.say(.refused, "Paste refused: \(Format.bytes(bytes)) exceeds the limit of \(most).", at: now)
            return []
        case .hungUp: return [.quit]
        case .key(let key):
            screen.selection = screen.selection?.text == nil ? nil : screen.selection
            if screen.showsCaptions { note(key) }
            return press(key)
        case .mouse(let mouse): return MouseInput.update(mouse, &self)
        case .background: return []
        }
    }

    private mutating func note(_ key: Key) {
        let isFresh = now - screen.caption.at < 2000 && screen.caption.text.isEmpty
        screen.caption = ((isFresh ? screen.caption.keys.suffix(11) : []) + [key.description], "", now)
    }

    private mutating func paste(_ text: String) -> [Effect] {
        if overlay == nil, let lab = mode.lab {
            return HookLab.edit(&self) { $0.insert(lab.field.isLong ? text : text.replacing("\n", with: " ")) }
        }
        if overlay != nil { return OverlayKeys.edit(&self) { $0.insert(text.replacing("\n", with: " ")) } }
        if mode.isSearching {
            search?.input.insert(text.replacing("\n", with: " "))
            return Search.find(by: 1, &self)
        }
        if mode.isFiltering { return FilterInput.edit(&self) { $0.insert(text.replacing("\n", with: " ")) } }
        guard let detail else { return [] }
        if let disabledReason = HeldKeys.areHeld(self)
            ? "The list is still being filtered." : ComposerKeys.reasonNotToSend(self)
        {
            notices.say(.refused, "Paste: \(disabledReason)", at: now)
            return []
        }
        focus = .compose
        var isTaken = false
        work.composer.edit(detail.key) { isTaken = $0.insert(text) }
        if !isTaken {
            let most = Format.bytes(TextInput.maximumBytes)
            notices.say(.refused, "Paste: the message would be larger than \(most).", at: now)
        }
        return []
    }

    mutating func press(_ key: Key) -> [Effect] {
        // The screen is too small to show anything, so only q and Ctrl-C have an effect.
        if layout.isTooSmall { return key == .character("q") || key == .control("c") ? LongWork.askToQuit(&self) : [] }
        list.isHeld = true
        if notices.shown?.kind == .refused, key != .escape { notices.dismiss() }
        let effects: [Effect]? =
            switch mode {
            case .overlay: OverlayKeys.press(key, &self)
            case .lab: HookLab.press(key, &self)
            case .filtering: FilterInput.press(key, &self)
            case .searching: Search.press(key, &self)
            case _ where HeldKeys.hold(key, &self): []
            case .composing: ComposerKeys.press(key, &self)
            case .list, .detail: key == .escape ? dismissed() : nil
            }
        if let effects { return effects }
        if let action = preferences.keymap.action(for: key, in: focus, on: detail?.tab) { return perform(action) }
        return []
    }

    /// Esc dismisses one thing, such as a notice, marks or a pending request; `nil` when there was none.
    private mutating func dismissed() -> [Effect]? {
        if screen.selection != nil || search != nil {
            (screen.selection, search) = (nil, nil)
            return []
        }
        let isReading = notices.shown.map { $0.kind != .done } ?? false
        notices.dismiss()
        if isReading { return [] }
        if let effects = LongWork.stop(&self) { return effects }
        if Marks.clear(&self) { return [] }
        guard let waiting = requests.pending.first(where: { $0.value.waiting != nil && now - $0.value.since >= 200 })
        else {
            return nil
        }
        requests.pending[waiting.key] = nil
        notices.say(.refused, "\(waiting.value.waiting ?? ""): stopped waiting; it may still take effect.", at: now)
        return []
    }
}

// MARK: Text lines
