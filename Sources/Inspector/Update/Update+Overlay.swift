internal import Terminal

extension InspectorModel {
    mutating func editOverlay(_ change: (inout TextInput) -> Void) -> [Effect] {
        switch overlay {
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
        case (_, .escape), (.help, .character("q")), (.help, .character("?")), (.log, .character("q")):
            overlay = nil
            return []
        case (_, .control("c")): return [.quit]
        case (_, .control("z")): return [.suspend]
        case (.help(let top), _):
            overlay = .help(top: scrolled(top, key))
            return []
        case (.log(let top), _):
            overlay = .log(top: scrolled(top, key))
            return []
        case (.palette(let palette), _): return press(key, in: palette)
        case (.prompt(let prompt), .enter):
            overlay = nil
            return answer(prompt)
        default: return editOverlay { _ = $0.handle(key) }
        }
    }

    private func scrolled(_ top: Int, _ key: Key) -> Int {
        let page = max(1, size.height - 6)
        let step =
            switch key {
            case .down, .character("j"): 1
            case .up, .character("k"): -1
            case .pageDown, .character(" "): page
            case .pageUp: -page
            case .home, .character("g"): -top
            default: 0
            }
        return max(0, top + step)
    }

    private mutating func press(_ key: Key, in palette: Overlay.Palette) -> [Effect] {
        var palette = palette
        let matches = Self.actions(matching: palette.input.text)
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

    /// The actions whose title or id has the letters of a text in that order.
    static func actions(matching text: String) -> [Action] {
        let wanted = text.lowercased().filter { !$0.isWhitespace }
        return ActionTable.all.filter { action in
            let name = (action.title + action.id).lowercased()
            var rest = wanted[...]
            for letter in name where letter == rest.first { rest.removeFirst() }
            return rest.isEmpty
        }
    }
}
