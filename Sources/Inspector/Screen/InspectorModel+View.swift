internal import Inspection
internal import SessionModel
package import Terminal

extension InspectorModel {
    static let maximumComposeRows = 5

    var layout: ScreenLayout {
        ScreenLayout(
            size: screen.size,
            showsDetail: focus != .sessions,
            composeRows: composeRows,
            arrangement: preferences.arrangement,
            hasCaption: screen.showsCaptions,
            hasSide: companion != nil && detail?.isLoaded == true && detail?.problem == nil
        )
    }

    /// The tab that stands beside the one that is shown, where there is room.
    var companion: TabID? { detail.flatMap { type(of: $0.tabs[$0.tab]).companion } }

    private var composeRows: Int {
        guard focus == .compose, let detail else { return 1 }
        return min(1 + work.composer.input(detail.key).lineBreaks, Self.maximumComposeRows)
    }

    /// `nil` while no session is looked into.
    var pane: DetailPane? {
        let layout = layout
        return detail.map {
            DetailPane(model: self, detail: $0.shown, frame: layout.detail ?? layout.list ?? layout.compose)
        }
    }

    /// Changes what the tab that is shown keeps.
    mutating func changeTab(_ change: (inout any DetailTab, DetailPane) -> Void) {
        guard let pane else { return }
        detail?.tabs.change(pane.detail.tab) { change(&$0, pane) }
    }

    // MARK: Drawing

    /// Draws everything.
    package func view() -> Surface {
        var surface = Surface(size: screen.size)
        let layout = layout
        guard !layout.isTooSmall else {
            drawTooSmall(&surface)
            return surface
        }
        if let list = layout.list { ListView(model: self).draw(list, &surface) }
        if let detail = layout.detail { DetailView(model: self).draw(detail, &surface) }
        if let side = layout.side, let companion, let pane = pane?.beside(side) {
            pane.detail.tabs[companion].drawBeside(pane, &surface)
        }
        if let timeline = layout.timeline, let detail, detail.isLoaded {
            let strip = TimelineStrip(detail, width: timeline.width, model: self)
            strip.draw(timeline, isPast: detail.past != nil, detail.moment, &surface)
        }
        ComposerView(model: self).draw(layout.compose, &surface)
        if let detail = layout.detail, search != nil { Search.draw(detail.inset(), &surface, self) }
        if let selection = screen.selection {
            for y in 0..<screen.size.height {
                guard let columns = selection.columns(ofRow: y) else { continue }
                let row = Rect(x: columns.lowerBound, y: y, width: columns.count, height: 1)
                surface.restyle(row) { $0.background = .selection }
            }
        }
        if !link.isUp, list.page != nil { dim(layout, &surface) }
        TopLine(model: self).draw(layout.top, &surface)
        FooterView(model: self).draw(layout.footer, &surface)
        OverlayView(model: self).draw(&surface)
        if let caption = layout.caption { drawCaption(caption, &surface) }
        return surface
    }

    /// Redraws only what time changes: ages, countdowns, clocks.
    ///
    /// - Returns: `nil` when time changes more than that, and ``view()`` is needed.
    package func view(after last: Surface) -> Surface? {
        let layout = layout
        guard isStill, last.size == screen.size, !layout.isTooSmall else { return nil }
        var surface = last
        if let list = layout.list {
            surface.fill(list)
            ListView(model: self).draw(list, &surface)
        }
        TopLine(model: self).draw(layout.top, &surface)
        FooterView(model: self).draw(layout.footer, &surface)
        return surface
    }

    /// Whether nothing moves but in the list, the top line and the footer.
    private var isStill: Bool {
        guard !mode.isCovered, !screen.showsCaptions, screen.selection == nil, search == nil, link.isUp else {
            return false
        }
        guard let detail else { return true }
        guard detail.isLoaded || detail.problem != nil, detail.doing == nil, detail.past?.isKnown != false else {
            return false
        }
        return pane.map { detail.tabs[detail.tab].isStill(in: $0) } ?? true
    }

    /// What was pressed last, or what is shown, in the line above the footer.
    private func drawCaption(_ rect: Rect, _ surface: inout Surface) {
        let isFresh = !screen.caption.text.isEmpty || now - screen.caption.at < 2000
        let text = screen.caption.text.isEmpty ? screen.caption.keys.joined(separator: " ") : screen.caption.text
        surface.fill(rect, Style(.title, on: .selection))
        guard isFresh, !text.isEmpty else { return }
        let shown = SafeText(text).cut(to: rect.width - 2)
        let x = screen.caption.text.isEmpty ? rect.maxX - shown.width - 1 : rect.x + (rect.width - shown.width) / 2
        surface.draw(shown, x: x, y: rect.y, Style(.title, on: .selection, .bold), maxX: rect.maxX)
    }

    private func drawTooSmall(_ surface: inout Surface) {
        let needed = ScreenLayout.minimum
        let text: SafeText =
            "seismo needs \(needed.width)×\(needed.height) cells; this is \(screen.size.width)×\(screen.size.height)."
        for (y, line) in text.wrapped(to: max(1, screen.size.width)).enumerated() { surface.draw(line, x: 0, y: y) }
    }

    /// Dims the last frame while the link is down.
    private func dim(_ layout: ScreenLayout, _ surface: inout Surface) {
        let all = Rect(x: 0, y: layout.top.maxY, width: screen.size.width, height: screen.size.height - 2)
        surface.restyle(all) { $0.attributes.insert(.dim) }
    }

    /// How long a runtime may take before it is said that it does not answer, in milliseconds.
    static let patience: Int64 = 5000

    /// The placeholder for missing data; also tells when a connected runtime does not answer.
    func loading(_ offline: String = "The runtime is not connected.") -> String {
        guard link.isUp else { return offline }
        guard let since = requests.pending.values.map(\.since).min(), now - since >= Self.patience else {
            return "Loading…"
        }
        return "The runtime is connected but has not answered for \(Format.age(now - since))."
    }

    /// The current frame of the spinner.
    var spinner: SafeText { ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"][Int(now / 125 % 8)] }
}
