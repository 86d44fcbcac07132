internal import Inspection
internal import SessionModel

/// Moving in the detail pane, from tab to tab, and out of it.
enum DetailKeys {
    static func focus(_ model: inout InspectorModel) -> [Effect] {
        guard model.detail != nil else { return [] }
        model.focus = .detail
        return []
    }

    static func moveFocus(by step: Int, _ model: inout InspectorModel) -> [Effect] {
        let panes = InspectorModel.Focus.allCases.filter { pane in
            pane == .sessions
                || (model.detail != nil
                    && (pane == .detail || (TimeTravel.obstacle(model) ?? ComposerKeys.reasonNotToSend(model)) == nil))
        }
        let place = panes.firstIndex(of: model.focus) ?? 0
        model.focus = panes[(place + step + panes.count) % panes.count]
        return []
    }

    static func show(_ tab: TabID, _ model: inout InspectorModel) -> [Effect] {
        model.preferences.lastTab = tab
        guard model.detail != nil else { return [] }
        model.detail?.tab = tab
        if model.focus == .sessions { model.focus = .detail }
        return load(&model)
    }

    /// Loads the data of the tab that was just opened.
    static func load(_ model: inout InspectorModel) -> [Effect] {
        model.detail.map { type(of: $0.tabs[$0.tab]).load(&model) } ?? []
    }

    static func show(by step: Int, _ model: inout InspectorModel) -> [Effect] {
        let all = model.actions.tabs
        guard let place = all.firstIndex(where: { $0.id == model.detail?.tab }) else { return [] }
        return show(all[(place + step + all.count) % all.count].id, &model)
    }

    static func move(by rows: Int, _ model: inout InspectorModel) -> [Effect] {
        model.changeTab { $0.move(by: rows, in: $1) }
        return []
    }

    /// To the next or the previous thing.
    static func step(by step: Int, _ model: inout InspectorModel) -> [Effect] {
        model.changeTab { $0.step(by: step, in: $1) }
        return []
    }

    static func openSelected(_ model: inout InspectorModel) -> [Effect] {
        model.detail.map { type(of: $0.tabs[$0.tab]).openSelected(&model) } ?? []
    }

    /// Goes back one level: from the past to the present, from an exchange to all of them, from a session to the list.
    static func back(_ model: inout InspectorModel) -> [Effect] {
        if model.detail?.past != nil {
            return TimeTravel.goToPresent(&model)
        }
        var hasClosed = false
        model.changeTab { tab, _ in hasClosed = tab.close() }
        if !hasClosed { model.focus = .sessions }
        return []
    }
}

// MARK: What changes something
