internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    func drawDetail(_ rect: Rect, _ surface: inout Surface) {
        let style = Style(focus == .detail ? .borderFocused : .border)
        guard let detail else {
            surface.box(rect, style)
            return drawSentence(
                link.isUp ? "Select a session on the left." : "Waiting for the runtime…",
                .faint,
                rect.inset(),
                &surface
            )
        }
        surface.box(rect, title: .empty, style)
        drawTabs(detail, rect, &surface)
        let inner = Rect(x: rect.x + 2, y: rect.y + 1, width: rect.width - 4, height: rect.height - 2)
        if let problem = detail.problem { return drawSentence(problem, .bad, rect.inset(), &surface) }
        guard detail.isLoaded else {
            return drawSentence(
                link.isUp ? "Loading…" : "The runtime is not connected; nothing of this session is known yet.",
                .faint,
                rect.inset(),
                &surface
            )
        }
        switch detail.tab {
        case .context: drawContext(detail, inner, &surface)
        case .state: drawState(detail, inner, rect, &surface)
        case .hooks: drawHooks(detail, inner, &surface)
        case .jobs: drawJobs(detail, inner, &surface)
        }
    }

    /// Who it is at the left of the upper edge, the tabs at its right; the name gives way.
    private func drawTabs(_ detail: SessionDetail, _ rect: Rect, _ surface: inout Surface) {
        let tabs = SessionDetail.Tab.allCases
        let isWide = rect.width >= 50
        let titles = tabs.map { isWide ? SafeText("\($0.rawValue + 1) \($0.title)") : SafeText($0.title) }
        let tabsWidth = titles.reduce(0) { $0 + $1.width + 2 }
        var x = rect.maxX - tabsWidth - 1
        drawTitle(detail, rect, maxX: x - 1, &surface)
        for (tab, title) in zip(tabs, titles) {
            let isShown = tab == detail.tab
            let style = isShown ? Style(.title, on: .selection) : Style(.faint)
            x = surface.draw(" " + title + " ", x: x, y: rect.y, style, maxX: rect.maxX - 1)
        }
    }

    private func drawTitle(_ detail: SessionDetail, _ rect: Rect, maxX: Int, _ surface: inout Surface) {
        let status: SafeText =
            switch (link.isUp, detail.summary?.status) {
            case (false, _): "offline"
            case (_, .ended): "ended"
            case (_, .asleep): "asleep"
            default: "live"
            }
        let room = maxX - rect.x - 2
        let suffix = SafeText(" ─ \(detail.key.agent) ─ ") + status
        let whole = SafeText(detail.key.session)
        let name = whole.cut(to: max(4, whole.width + suffix.width < room ? room - suffix.width : room - 1))
        var x = surface.draw(" " + name, x: rect.x + 1, y: rect.y, Style(.title), maxX: maxX)
        if x + suffix.width + 1 <= maxX { x = surface.draw(suffix, x: x, y: rect.y, Style(.faint), maxX: maxX) }
        surface.draw(" ", x: x, y: rect.y, Style(.border), maxX: maxX)
    }
}
