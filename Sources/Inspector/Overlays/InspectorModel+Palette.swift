internal import Terminal

/// Finding an action by its name.
extension InspectorModel {
    /// Actions that are remembered as the last ones done.
    private static let remembered = 20
    private static let themePrefix = "theme "

    mutating func press(_ key: Key, in palette: Overlay.Palette) -> [Effect] {
        var palette = palette
        let matches = paletteActions(palette.input.text)
        switch key {
        case .enter:
            guard matches.indices.contains(palette.selected) else { return [] }
            let closed = close(palette)
            let action = matches[palette.selected]
            remember(action)
            let effects = perform(action)
            return action.id.hasPrefix(Self.themePrefix) ? effects : closed + effects
        case .up: palette.selected = max(0, palette.selected - 1)
        case .down: palette.selected = min(max(0, matches.count - 1), palette.selected + 1)
        default: return editOverlay { _ = $0.handle(key) }
        }
        return show(palette)
    }

    /// Notes that something was done, so that it is offered first the next time.
    private mutating func remember(_ action: Action) {
        recentActions.removeAll { $0 == action.id }
        recentActions.insert(action.id, at: 0)
        recentActions = Array(recentActions.prefix(Self.remembered))
    }

    /// Shows the palette; where it has a theme selected, the screen shows how that one looks.
    mutating func show(_ palette: Overlay.Palette) -> [Effect] {
        var palette = palette
        let matches = paletteActions(palette.input.text)
        let id = matches.indices.contains(palette.selected) ? matches[palette.selected].id : ""
        let before = palette.preview
        palette.preview = id.hasPrefix(Self.themePrefix) ? String(id.dropFirst(Self.themePrefix.count)) : nil
        overlay = .palette(palette)
        if palette.preview == before { return [] }
        return [.theme(palette.preview.map { .preview($0) } ?? .back)]
    }

    mutating func close(_ palette: Overlay.Palette) -> [Effect] {
        overlay = nil
        return palette.preview == nil ? [] : [.theme(.back)]
    }

    /// What the palette offers for a text, the likeliest first: actions but for movements, saved filters and themes.
    func paletteActions(_ text: String) -> [Action] {
        Self.actions(matching: text, of: (actions.offered + offers).sorted { place(of: $0) < place(of: $1) })
    }

    /// Recent actions come first, then those of the current pane and tab, and disabled actions last.
    private func place(of action: Action) -> PalettePlace {
        PalettePlace(
            isImpossible: disabledReason(to: action) != nil,
            recent: recentActions.firstIndex(of: action.id) ?? Self.remembered,
            isElsewhere: action.scope == .everywhere || action.scope != Action.Scope(focus),
            order: actions.order[action.id] ?? .max
        )
    }

    private var offers: [Action] {
        let filters = arrangement.filters.reversed().map { filter in
            Action("filter.use \(filter)", "Filter by \(filter)", keys: []) { $0.use(filter: filter) }
        }
        let themes = themes.map { name in
            Action(Self.themePrefix + name, "Theme \(name)", keys: []) { _ in [.theme(.chosen(name))] }
        }
        return filters + themes
    }

    /// The actions that match a text: first those with a word that starts with it, then those that contain it. If there
    /// are none, those that contain its letters in this order.
    static func actions(matching text: String, of all: [Action]) -> [Action] {
        let requested = text.lowercased().trimmed
        let ranked = all.compactMap { action in rank(of: action, requested).map { (rank: $0, action: action) } }
        let close = (0...1).flatMap { rank in ranked.filter { $0.rank == rank }.map(\.action) }
        return close.isEmpty ? ranked.map(\.action) : close
    }

    private static func rank(of action: Action, _ requested: String) -> Int? {
        let name = (action.title + " " + action.id).lowercased()
        if name.hasPrefix(requested) || name.contains(" " + requested) { return 0 }
        if name.contains(requested) { return 1 }
        var rest = requested.filter { !$0.isWhitespace }[...]
        for letter in name where letter == rest.first { rest.removeFirst() }
        return rest.isEmpty ? 2 : nil
    }
}

/// Where an action stands in the palette.
private struct PalettePlace: Comparable {
    let isImpossible: Bool
    let recent: Int
    let isElsewhere: Bool
    let order: Int

    static func < (left: Self, right: Self) -> Bool {
        if left.isImpossible != right.isImpossible { return right.isImpossible }
        if left.recent != right.recent { return left.recent < right.recent }
        if left.isElsewhere != right.isElsewhere { return right.isElsewhere }
        return left.order < right.order
    }
}
