internal import Inspection
internal import SessionModel
internal import Terminal

/// The pane of the session that is looked into: its border with the tabs, and the tab that is shown.
struct DetailView {
    let model: InspectorModel

    private var link: LinkStatus { model.link }
    private var detail: SessionDetail? { model.detail }

    func draw(_ rect: Rect, _ surface: inout Surface) {
        let style = Style(detail?.past != nil ? .past : model.focus == .detail ? .borderFocused : .border)
        guard let detail else {
            surface.box(rect, style)
            let sentence = link.isUp ? "Select a session on the left." : "Waiting for the runtime…"
            return surface.draw(sentence: sentence, .faint, rect.inset())
        }
        surface.box(rect, title: .empty, style)
        drawTabs(detail, rect, &surface)
        if let problem = detail.problem { return surface.draw(sentence: problem, .bad, rect.inset()) }
        guard detail.isLoaded else {
            let offline = "The runtime is not connected; nothing of this session is known yet."
            return surface.draw(sentence: model.loading(offline), .faint, rect.inset())
        }
        if let pane = model.pane { draw(detail, pane, &surface) }
    }

    private func draw(_ detail: SessionDetail, _ pane: DetailPane, _ surface: inout Surface) {
        let tab = pane.detail.tabs[detail.tab]
        tab.draw(pane, &surface)
        if let past = detail.past { drawMoment(past, pane.frame, &surface) }
        if let sentence = detail.gone ?? tab.warning(in: pane) { drawEnd(sentence, pane.frame, &surface) }
    }

    /// Says over the lower edge what is wrong with the session.
    private func drawEnd(_ gone: String, _ rect: Rect, _ surface: inout Surface) {
        let text = SafeText(" \(gone) ").cut(to: rect.width - 4)
        surface.draw(text, x: rect.maxX - text.width - 2, y: rect.maxY - 1, Style(.bad))
    }

    /// Says over the lower edge that this is the past.
    private func drawMoment(_ past: Past, _ rect: Rect, _ surface: inout Surface) {
        let text = SafeText(" as of #\(past.seq), read-only ─ . comes back ").cut(to: rect.width - 4)
        surface.draw(text, x: rect.maxX - text.width - 2, y: rect.maxY - 1, Style(.past))
    }

    /// The session's name on the left of the upper border, the tabs on the right. The name is cut if space is short.
    private func drawTabs(_ detail: SessionDetail, _ rect: Rect, _ surface: inout Surface) {
        let tabs = tabs(in: rect)
        drawTitle(detail, rect, maxX: (tabs.first?.x ?? rect.maxX) - 1, &surface)
        for (tab, title, x) in tabs {
            let style = tab == detail.tab ? Style(.title, on: .selection) : Style(.faint)
            surface.draw(" " + title + " ", x: x, y: rect.y, style, maxX: rect.maxX - 1)
        }
    }

    /// The tabs in the upper edge: with numbers where there is room, and where there is little only by those, since whose
    /// session it is comes first.
    private func tabs(in rect: Rect) -> [(tab: TabID, title: SafeText, x: Int)] {
        let tabs = model.actions.tabs.map { $0.id }.enumerated()
        func titles(_ title: (_ place: Int, TabID) -> SafeText) -> [SafeText] { tabs.map(title) }
        func width(_ titles: [SafeText]) -> Int { titles.reduce(0) { $0 + $1.width + 2 } }
        let choices = [
            titles { SafeText("\($0 + 1) \($1.title)") }, titles { SafeText($1.title) },
            titles { $1 == detail?.tab ? SafeText("\($0 + 1) \($1.title)") : SafeText("\($0 + 1)") },
        ]
        let name = detail.map { min(SafeText($0.key.session).width, 12) + 6 } ?? 4
        let chosen =
            choices.first { width($0) + ($0[0].string.first == "1" ? max(22, name) : name) <= rect.width }
            ?? choices[2]
        var x = rect.maxX - width(chosen) - 1
        return zip(tabs, chosen).map { tab, title in
            defer { x += title.width + 2 }
            return (tab.element, title, x)
        }
    }

    /// The tab whose title is at a column.
    func tab(atColumn x: Int, of rect: Rect) -> TabID? {
        tabs(in: rect).first { ($0.x..<($0.x + $0.title.width + 2)).contains(x) }?.tab
    }

    private func drawTitle(_ detail: SessionDetail, _ rect: Rect, maxX: Int, _ surface: inout Surface) {
        let status: SafeText =
            switch (link.isUp, detail.summary?.status) {
            case _ where detail.past != nil: SafeText("#\(detail.moment)")
            case (false, _): "offline"
            case _ where detail.gone != nil: "gone"
            case (_, .ended): "ended"
            case (_, .asleep): "asleep"
            default: "live"
            }
        let available = maxX - rect.x - 2
        guard available >= 6 else { return }
        var suffix = SafeText(" ─ \(detail.key.agent) ─ ") + status
        let whole = SafeText(detail.key.session)
        // Of several runtimes, which one has it.
        if let node = detail.summary?.node.map({ SafeText(" ─ \($0)") }),
            whole.width + suffix.width + node.width + 1 < available
        {
            suffix = suffix + node
        }
        let name = whole.cut(
            to: max(4, whole.width + suffix.width < available ? available - suffix.width : available - 1)
        )
        var x = surface.draw(" " + name, x: rect.x + 1, y: rect.y, Style(.title), maxX: maxX)
        if x + suffix.width + 1 <= maxX { x = surface.draw(suffix, x: x, y: rect.y, Style(.faint), maxX: maxX) }
        surface.draw(" ", x: x, y: rect.y, Style(.border), maxX: maxX)
    }
}
