internal import Terminal

extension InspectorModel {
    mutating func editOverlay(_ change: (inout TextInput) -> Void) -> [Effect] {
        switch overlay {
        case .help(var help) where help.isTyping:
            change(&help.input)
            overlay = .help(help)
        case .palette(var palette):
            change(&palette.input)
            palette.selected = 0
            return show(palette)
        case .prompt(var prompt):
            change(&prompt.input)
            overlay = .prompt(prompt)
        default: break
        }
        return []
    }

    mutating func pressInOverlay(_ key: Key) -> [Effect] {
        switch (overlay, key) {
        case (.help(let help), _) where help.isTyping || key == .character("/"): return type(key, in: help)
        case (.palette(let palette), .escape): return close(palette)
        case (_, .escape), (.help, .character("q")), (.help, .character("?")), (.log, .character("q")):
            overlay = nil
            return []
        case (.prompt(let prompt), .control("c")) where prompt.purpose == .quit: return [.quit]
        case (_, .control("c")): return askToQuit()
        case (_, .control("z")): return [.suspend]
        case (.help(var help), _):
            help.top = scrolled(
                help.top,
                key,
                lines: OverlayView(model: self).helpLines(matching: help.input.text).count
            )
            overlay = .help(help)
            return []
        case (.log(let top), _):
            overlay = .log(top: scrolled(top, key, lines: OverlayView(model: self).logLines.count))
            return []
        case (.event(let card), _): return pressInEvent(key, card)
        case (.text, .character("q")):
            overlay = nil
            return []
        case (.text(var text), _):
            text.top = scrolled(text.top, key, lines: text.lines.count)
            overlay = .text(text)
            return []
        case (.palette(let palette), _): return press(key, in: palette)
        case (.prompt(let prompt), .enter):
            overlay = nil
            return answer(prompt)
        case (.prompt(let prompt), .character("y")) where prompt.isQuestionOnly:
            overlay = nil
            return answer(prompt)
        case (.prompt(let prompt), _) where prompt.isQuestionOnly: return []
        default: return editOverlay { _ = $0.handle(key) }
        }
    }

    private mutating func type(_ key: Key, in help: Overlay.Help) -> [Effect] {
        var help = help
        help.top = 0
        switch key {
        case .character("/") where !help.isTyping: help.isTyping = true
        case .enter: help.isTyping = false
        case .escape: help = Overlay.Help()
        default: _ = help.input.handle(key)
        }
        overlay = .help(help)
        return []
    }

    private func scrolled(_ top: Int, _ key: Key, lines: Int) -> Int {
        let page = OverlayView(model: self).overlayRows
        let step =
            switch key {
            case .down, .character("j"): 1
            case .up, .character("k"): -1
            case .pageDown, .character(" "): page
            case .pageUp: -page
            case .home, .character("g"): -top
            case .end, .character("G"): 100_000
            default: 0
            }
        return max(0, min(top + step, lines - page))
    }
}
