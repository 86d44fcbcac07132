internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// Opening a session, following it, and noticing that it is gone.
enum Attaching {
    /// Opens the selected session, or closes the detail if nothing is selected.
    static func attachSelected(_ model: inout InspectorModel) -> [Effect] {
        if model.list.selected == nil, model.detail != nil {
            let effects = detach(&model)
            model.detail = nil
            model.focus = .sessions
            return effects
        }
        guard let key = model.list.selected, key != model.detail?.key else { return [] }
        return open(key, &model)
    }

    private static func open(_ key: SessionKey, _ model: inout InspectorModel) -> [Effect] {
        var effects = detach(&model)
        let tab = model.detail?.tab ?? model.preferences.lastTab
        model.detail = SessionDetail(key: key, tabs: model.actions.tabs, tab: tab)
        model.detail?.summary = model.list.rows.first { $0.key == key }
        effects += attach(after: nil, &model)
        return effects
    }

    static func attach(after: Int?, _ model: inout InspectorModel) -> [Effect] {
        guard model.link.isUp, let key = model.detail?.key, !model.isPending(.attaching(key)) else { return [] }
        let params = AttachParams(key) { ($0.after, $0.window) = (after, 2000) }
        return [
            model.request(Methods.attach, params, about: .attaching(key), waiting: "Opening the session") {
                refused(key, $1, &$0)
            } answered: {
                attached(key, after, $1, &$0)
            }
        ]
    }

    static func attached(_ key: SessionKey, _ after: Int?, _ result: AttachResult, _ model: inout InspectorModel)
        -> [Effect]
    {
        let attachment = result.attachment
        guard let head = SessionHead(json: result.head) else {
            if model.detail?.key == key, model.detail?.isLoaded == false {
                model.detail?.attachment.problem = RPCError.unreadable(Methods.attach.name).message
            }
            return []
        }
        guard model.detail?.key == key else {
            return [model.close(Methods.detach, AttachmentName(attachment))] + attach(after: nil, &model)
        }
        model.detail?.attachment.name = attachment
        let isSame =
            after != nil && model.detail?.summary?.times.created == head.summary.times.created
            && head.seq >= model.detail?.fold.seq ?? 0
        if isSame { model.detail?.summary = head.summary } else { model.detail?.show(head) }
        model.detail?.noteCuts(in: result.head["messages"]?.array ?? [])
        let lists = model.actions.tabs.flatMap { $0.attached(&model) } + DetailKeys.load(&model)
        guard !isSame, head.seq > 0 else { return lists + goToWanted(&model) }
        model.detail?.known.forget()
        return lists + [NeededEvents.history(before: head.seq + 1, of: key, &model)] + goToWanted(&model)
    }

    private static func goToWanted(_ model: inout InspectorModel) -> [Effect] {
        guard let seq = model.detail?.attachment.wanted else { return [] }
        model.detail?.attachment.wanted = nil
        return TimeTravel.go(to: seq, &model)
    }

    /// Opens a session as it was after an event.
    ///
    /// - Parameters:
    ///   - seq: `nil` for the present.
    ///   - tab: `nil` for the one that is shown.
    static func show(_ key: SessionKey, at seq: Int?, on tab: TabID?, _ model: inout InspectorModel) -> [Effect] {
        model.overlay = nil
        model.list.selected = key
        var effects = attachSelected(&model)
        model.focus = .detail
        model.detail?.attachment.wanted = seq
        if seq == nil { _ = TimeTravel.goToPresent(&model) }
        if let tab { effects += DetailKeys.show(tab, &model) }
        if model.detail?.isLoaded == true { effects += goToWanted(&model) }
        return effects
    }

    private static func refused(_ key: SessionKey, _ error: RPCError, _ model: inout InspectorModel) -> [Effect] {
        guard model.detail?.key == key else { return [] }
        if model.detail?.isLoaded == true, error.code == "session_not_found" {
            wentAway(key, error, &model)
        } else {
            model.detail?.attachment.problem = error.description
        }
        return []
    }

    private static func detach(_ model: inout InspectorModel) -> [Effect] {
        guard model.link.isUp, let detail = model.detail else { return [] }
        var effects: [Effect] = []
        if let attachment = detail.attachment.name {
            effects.append(model.close(Methods.detach, AttachmentName(attachment)))
        }
        for close in detail.tabs.all.flatMap({ $0.closing }) { effects.append(close(&model)) }
        return effects
    }

    /// Keeps the detail on its session, whatever the list shows: asks the runtime when the session leaves the list, and reopens
    /// it when a different session has the same id.
    ///
    /// - Parameter wasListed: whether it was among the rows before.
    static func follow(wasListed: Bool, _ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail else { return [] }
        guard let row = model.list.rows.first(where: { $0.key == detail.key }) else {
            guard wasListed, detail.gone == nil, model.link.isUp else { return [] }
            let key = detail.key
            return [
                model.request(Methods.history, .first(of: key)) {
                    wentAwayIfMissing(key, $1, &$0)
                } answered: {
                    InspectorModel.ignore(&$0, $1)
                }
            ]
        }
        let isAnother = detail.isLoaded && detail.summary.map { $0.times.created != row.times.created } ?? false
        if isAnother || detail.gone != nil { return open(detail.key, &model) }
        model.detail?.summary = row
        return []
    }

    static func isListed(_ model: InspectorModel) -> Bool { model.list.rows.contains { $0.key == model.detail?.key } }

    private static func wentAwayIfMissing(_ key: SessionKey, _ error: RPCError, _ model: inout InspectorModel)
        -> [Effect]
    {
        if error.code == "session_not_found" { wentAway(key, error, &model) }
        return []
    }

    static func wentAway(_ key: SessionKey, _ error: RPCError, _ model: inout InspectorModel) {
        guard model.detail?.key == key else { return }
        model.detail?.attachment.gone = error.description
        model.detail?.attachment.name = nil
        model.detail?.liveText = nil
        model.detail?.doing = nil
        model.notices.say(.failed, "\(key.session) is gone: \(error.description)", at: model.now)
    }

    static func created(_ result: SessionResult, _ model: inout InspectorModel) -> [Effect] {
        model.notices.say(.done, "Created the session \(result.key.session).", at: model.now)
        model.list.selected = result.key
        return attachSelected(&model)
    }
}
