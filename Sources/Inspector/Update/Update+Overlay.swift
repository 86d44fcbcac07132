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
            overlay = .palette(palette)
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
        case (_, .escape), (.help, .character("q")), (.help, .character("?")), (.log, .character("q")):
            overlay = nil
            return []
        case (_, .control("c")): return [.quit]
        case (_, .control("z")): return [.suspend]
        case (.help(var help), _):
            help.top = scrolled(help.top, key, lines: helpLines(matching: help.input.text).count)
            overlay = .help(help)
            return []
        case (.log(let top), _):
            overlay = .log(top: scrolled(top, key, lines: logLines.count))
            return []
        case (.lab(let lab), _): return pressInLab(key, lab)
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
        let page = overlayRows
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

    private mutating func press(_ key: Key, in palette: Overlay.Palette) -> [Effect] {
        var palette = palette
        let matches = paletteActions(palette.input.text)
        switch key {
        case .enter:
            overlay = nil
            return matches.indices.contains(palette.selected) ? perform(matches[palette.selected]) : []
        case .up: palette.selected = max(0, palette.selected - 1)
        case .down: palette.selected = min(max(0, matches.count - 1), palette.selected + 1)
        default: return editOverlay { _ = $0.handle(key) }
        }
        overlay = .palette(palette)
        return []
    }

    /// What the palette offers for a text: actions, saved filters and themes.
    func paletteActions(_ text: String) -> [Action] { Self.actions(matching: text, of: ActionTable.all + offers) }

    private var offers: [Action] {
        let filters = arrangement.filters.reversed().map { filter in
            Action("filter.use \(filter)", "Filter by \(filter)", keys: []) { $0.use(filter: filter) }
        }
        let themes = Theme.builtInNames.map { name in
            Action("theme \(name)", "Theme \(name)", keys: []) { _ in [.theme(name)] }
        }
        return filters + themes
    }

    /// The actions that have the letters of a text in that order: those with a word that begins so come first, then
    /// those that hold it in one piece; where there are none, those that hold its letters.
    static func actions(matching text: String, of all: [Action] = ActionTable.all) -> [Action] {
        let wanted = text.lowercased().trimmed
        let ranked = all.compactMap { action in rank(of: action, wanted).map { (rank: $0, action: action) }
        }
        let close = (0...1).flatMap { rank in ranked.filter { $0.rank == rank }.map(\.action) }
        return close.isEmpty ? ranked.map(\.action) : close
    }

    private static func rank(of action: Action, _ wanted: String) -> Int? {
        let name = (action.title + " " + action.id).lowercased()
        if name.hasPrefix(wanted) || name.contains(" " + wanted) { return 0 }
        if name.contains(wanted) { return 1 }
        var rest = wanted.filter { !$0.isWhitespace }[...]
        for letter in name where letter == rest.first { rest.removeFirst() }
        return rest.isEmpty ? 2 : nil
    }
}
