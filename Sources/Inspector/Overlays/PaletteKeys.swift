internal import SessionModel
internal import Terminal

/// Finding an action by its name.
enum PaletteKeys {
    /// Actions that are remembered as the last ones done.
    private static let remembered = 20
    private static let themePrefix = "theme "

    static func press(_ key: Key, in palette: Overlay.Palette, _ model: inout InspectorModel) -> [Effect] {
        var palette = palette
        let matches = actions(palette.input.text, model)
        switch key {
        case .enter:
            guard matches.indices.contains(palette.selected) else { return [] }
            let closed = close(palette, &model)
            let action = matches[palette.selected]
            remember(action, &model)
            let effects = model.perform(action)
            return action.id.hasPrefix(themePrefix) ? effects : closed + effects
        case .up: palette.selected = max(0, palette.selected - 1)
        case .down: palette.selected = min(max(0, matches.count - 1), palette.selected + 1)
        default: return OverlayKeys.edit(&model) { _ = $0.handle(key) }
        }
        return show(palette, &model)
    }

    /// Notes that something was done, so that it is offered first the next time.
    private static func remember(_ action: Action, _ model: inout InspectorModel) {
        model.preferences.recentActions.removeAll { $0 == action.id }
        model.preferences.recentActions.insert(action.id, at: 0)
        model.preferences.recentActions = Array(model.preferences.recentActions.prefix(remembered))
    }

    /// Shows the palette; where it has a theme selected, the screen shows how that one looks.
    static func show(_ palette: Overlay.Palette, _ model: inout InspectorModel) -> [Effect] {
        var palette = palette
        let matches = actions(palette.input.text, model)
        let id = matches.indices.contains(palette.selected) ? matches[palette.selected].id : ""
        let before = palette.preview
        palette.preview = id.hasPrefix(themePrefix) ? String(id.dropFirst(themePrefix.count)) : nil
        model.overlay = .palette(palette)
        if palette.preview == before { return [] }
        return [.theme(palette.preview.map { .preview($0) } ?? .back)]
    }

    static func close(_ palette: Overlay.Palette, _ model: inout InspectorModel) -> [Effect] {
        model.overlay = nil
        return palette.preview == nil ? [] : [.theme(.back)]
    }

    /// What the palette offers for a text, the likeliest first: actions but for movements, saved filters and themes.
    static func actions(_ text: String, _ model: InspectorModel) -> [Action] {
        actions(
            matching: text,
            of: (model.actions.offered + offers(model)).sorted { place(of: $0, model) < place(of: $1, model) }
        )
    }

    /// Recent actions come first, then those of the current pane and tab, and disabled actions last.
    private static func place(of action: Action, _ model: InspectorModel) -> PalettePlace {
        PalettePlace(
            isImpossible: model.disabledReason(to: action) != nil,
            recent: model.preferences.recentActions.firstIndex(of: action.id) ?? remembered,
            isElsewhere: action.scope == .everywhere || action.scope != Action.Scope(model.focus),
            order: model.actions.order[action.id] ?? .max
        )
    }

    private static func offers(_ model: InspectorModel) -> [Action] {
        let filters = model.preferences.arrangement.filters.reversed().map { filter in
            Action("filter.use \(filter)", "Filter by \(filter)", keys: []) { FilterInput.use(filter: filter, &$0) }
        }
        let themes = model.preferences.themes.map { name in
            Action(themePrefix + name, "Theme \(name)", keys: []) { _ in [.theme(.chosen(name))] }
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
