internal import Inspection
internal import SessionModel
internal import Terminal

/// Which rows of the list the runtime is asked for, and taking its answers.
enum ListWindow {
    /// Asks for the rows that are on the screen when they are not in the window. A runtime may answer fewer rows than there
    /// are: the same is not asked for twice.
    static func viewIfNeeded(_ model: inout InspectorModel) -> [Effect] {
        guard model.list.needsWindow(height: model.layout.listHeight), query(model) != model.list.watch.answered else {
            return []
        }
        return view(&model)
    }

    /// Asks for the rows that are wanted now; while an answer is still to come, after that one.
    static func view(_ model: inout InspectorModel) -> [Effect] {
        guard model.link.isUp, let watch = model.list.watch.id else { return [] }
        guard !isViewing(model) else {
            model.list.watch.asksAgain = true
            return []
        }
        let query = Self.query(model)
        let params = ViewSessionsParams { ($0.watch, $0.query) = (watch, query) }
        return [
            model.request(Methods.viewSessions, params, about: .window) {
                refused(query, $1, &$0)
            } answered: {
                took($1, of: query, &$0)
            }
        ]
    }

    static func query(_ model: InspectorModel) -> SessionsQuery {
        model.list.query(agent: model.setup.agent, height: model.layout.listHeight)
    }

    private static func took(_ page: SessionsPage, of query: SessionsQuery, _ model: inout InspectorModel) -> [Effect] {
        let again = askAgain(&model)
        // An answer to an earlier filter or order is outdated.
        return isCurrent(query, model) ? show(page, of: query, &model) + again : again
    }

    static func show(_ page: SessionsPage, of query: SessionsQuery, _ model: inout InspectorModel) -> [Effect] {
        model.list.filter.error = nil
        model.list.watch.id = page.watch
        model.list.watch.answered = query
        model.list.filter.shown = query.filter ?? ""
        let wasListed = Attaching.isListed(model)
        // While the focus is outside the list, for example in the composer, the selection must not move.
        let canSelect = model.list.filter.isChoosing && model.focus == .sessions
        model.list.filter.isChoosing = false
        model.list.show(page, from: query.offset, height: model.layout.listHeight, canSelect: canSelect)
        if model.setup.session != nil { model.list.selected = nil }
        return Attaching.attachSelected(&model) + Attaching.follow(wasListed: wasListed, &model) + viewIfNeeded(&model)
            + HeldKeys.release(&model)
    }

    /// Handles a refused request for a window.
    static func refused(_ query: SessionsQuery, _ error: RPCError, _ model: inout InspectorModel) -> [Effect] {
        let again = askAgain(&model)
        guard isCurrent(query, model) else { return again }
        model.list.filter.error = error.message
        model.list.filter.isChoosing = false
        HeldKeys.drop(&model)
        return again
    }

    private static func askAgain(_ model: inout InspectorModel) -> [Effect] {
        guard model.list.watch.asksAgain else { return [] }
        model.list.watch.asksAgain = false
        return view(&model)
    }

    private static func isCurrent(_ query: SessionsQuery, _ model: InspectorModel) -> Bool {
        let requested = Self.query(model)
        return query.filter == requested.filter && query.sort == requested.sort
            && query.descending == requested.descending
    }

    static func isViewing(_ model: InspectorModel) -> Bool { model.isPending(.window) }

    /// Whether the shown rows do not belong to the typed filter yet.
    static func isSearching(_ model: InspectorModel) -> Bool {
        isViewing(model) && model.list.filter.shown != model.list.filter.input.text
    }
}

/// How the list is followed on the connection.
struct ListWatch: Sendable {
    /// What the runtime calls it; `nil` until it has answered.
    var id: String?
    /// What was answered last.
    var answered: SessionsQuery?
    /// Whether other rows were asked for while an answer was still to come: they are asked for after it.
    var asksAgain = false
}
