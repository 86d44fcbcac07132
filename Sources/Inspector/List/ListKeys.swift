internal import Inspection
internal import SessionModel
internal import Terminal

/// Moving in the list, its order, its width.
enum ListKeys {
    static func select(by rows: Int, _ model: inout InspectorModel) -> [Effect] {
        model.list.move(by: rows, height: model.layout.listHeight)
        return ListWindow.viewIfNeeded(&model) + Attaching.attachSelected(&model)
    }

    static func select(row: Int, _ model: inout InspectorModel) -> [Effect] {
        model.list.selected =
            model.list.rows.indices.contains(row - model.list.offset)
            ? model.list.rows[row - model.list.offset].key : nil
        model.list.select(row: row, height: model.layout.listHeight)
        return ListWindow.viewIfNeeded(&model) + Attaching.attachSelected(&model)
    }

    static func clearFilter(_ model: inout InspectorModel) -> [Effect] {
        guard !model.list.filter.input.isEmpty else { return [] }
        model.list.filter.beforeTrouble = nil
        model.list.filter.input = TextInput()
        model.list.filter.error = nil
        model.list.filter.isChoosing = true
        model.list.showBeginning()
        return ListWindow.view(&model)
    }

    /// Shows only the sessions in trouble, or what was shown before.
    static func toggleTrouble(_ model: inout InspectorModel) -> [Effect] {
        if let before = model.list.filter.beforeTrouble {
            model.list.filter.beforeTrouble = nil
            model.list.filter.input = before
        } else {
            model.list.filter.beforeTrouble = model.list.filter.input
            model.list.filter.input = TextInput("error")
        }
        model.list.filter.error = nil
        model.list.filter.isChoosing = true
        model.list.showBeginning()
        model.focus = .sessions
        return ListWindow.view(&model)
    }

    static func sortByNext(_ model: inout InspectorModel) -> [Effect] {
        let place = SessionList.sorts.firstIndex(of: model.list.sort) ?? 0
        model.list.sort = SessionList.sorts[(place + 1) % SessionList.sorts.count]
        model.preferences.arrangement.sort = model.list.sort
        model.list.isReversed = false
        model.list.showBeginning()
        model.notices.say(.done, "Sorted by \(model.list.sort.words).", at: model.now)
        return ListWindow.view(&model)
    }

    static func reverseSort(_ model: inout InspectorModel) -> [Effect] {
        model.list.isReversed.toggle()
        model.list.showBeginning()
        model.notices.say(
            .done,
            "Sorted by \(model.list.sort.words), \(model.list.isReversed ? "reversed" : "in default order").",
            at: model.now
        )
        return ListWindow.view(&model)
    }

    static func resize(by columns: Int, _ model: inout InspectorModel) -> [Effect] {
        guard let list = model.layout.list, model.layout.detail != nil else {
            model.notices.say(.refused, "Resize: there is one pane only.", at: model.now)
            return []
        }
        model.preferences.arrangement.listWidth = ScreenLayout.listWidths(of: model.screen.size).clamp(
            list.width + columns
        )
        return []
    }
}
