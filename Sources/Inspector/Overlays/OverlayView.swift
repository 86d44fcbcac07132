internal import Inspection
internal import SessionModel
internal import Terminal

/// What lies over the screen.
struct OverlayView {
    let model: InspectorModel

    private var mode: InputMode { model.mode }
    private var size: Size { model.screen.size }
    private var keymap: KeyMap { model.preferences.keymap }
    private var notices: NoticeLog { model.notices }
    private var list: SessionList { model.list }

    func draw(_ surface: inout Surface) {
        if let lab = mode.lab { HookLabView(model: model).draw(lab, &surface) }
        switch model.overlay {
        case .help(let help):
            let found = help.isTyping || !help.input.isEmpty
            let title: SafeText =
                found ? "Help ─ /\(help.input.text)\(help.isTyping ? "▏" : "")" : "Help ─ / searches, Esc closes"
            drawLines(title, helpLines(matching: help.input.text), top: help.top, width: Self.helpWidth, &surface)
        case .log(let top): drawLines("Log ─ Esc closes", logLines, top: top, width: 160, &surface)
        case .palette(let palette): draw(palette, &surface)
        case .prompt(let prompt): draw(prompt, &surface)
        case .event(let card): EventCardView(model: model).draw(card, &surface)
        case .text(let text): drawLines("\(text.title) ─ Esc closes", text.lines, top: text.top, &surface)
        case .found: FoundTextsView(model: model).draw(&surface)
        case .rerun: RerunView(model: model).draw(&surface)
        case nil: break
        }
    }

    /// Rows that lie between the top line and what is below the panes.
    private var overlayHeight: Int { max(3, (model.layout.timeline ?? model.layout.compose).y - 2) }

    /// Rows of text in a window that is as high as it can be.
    var overlayRows: Int { max(1, min(size.height - 4, overlayHeight) - 2) }

    func window(
        _ requested: Size,
        _ title: SafeText,
        _ surface: inout Surface,
        _ style: Style = Style(.borderFocused)
    ) -> Rect {
        let screen = Rect(x: 1, y: 1, width: size.width - 2, height: overlayHeight)
        let rect = screen.centered(requested)
        surface.fill(rect, .text)
        surface.box(rect, title: title, style, titleStyle: style.role == .bad ? style : Style(.title))
        surface.cursor = nil
        return Rect(x: rect.x + 2, y: rect.y + 1, width: rect.width - 4, height: rect.height - 2)
    }

    func drawLines(_ title: SafeText, _ lines: [StyledLine], top: Int, width: Int = 90, _ surface: inout Surface) {
        let inner = window(
            Size(width: min(width, size.width - 4), height: min(lines.count + 2, size.height - 4)),
            title,
            &surface
        )
        let top = min(top, max(0, lines.count - inner.height))
        for (y, line) in lines.dropFirst(top).prefix(inner.height).enumerated() {
            surface.draw(line.cut(to: inner.width), x: inner.x, y: inner.y + y, maxX: inner.maxX)
        }
        if lines.count > top + inner.height {
            surface.draw(" ↓ more ", x: inner.maxX - 8, y: inner.maxY, Style(.faint))
        }
    }

    // MARK: Help and log

    func helpLines(matching text: String) -> [StyledLine] {
        let requested = text.lowercased().trimmed
        let sections = helpSections
        guard !requested.isEmpty else { return inColumns(sections) }
        let found = sections.joined().filter { $0.text.lowercased().contains(requested) }
        return found.isEmpty ? [StyledLine("No matches. Esc shows all.", Style(.faint))] : found
    }

    private static let helpWidth = 150
    /// Columns that a column of the help takes at least.
    private static let helpColumn = 54

    /// What can be done, by where its keys count.
    private var helpSections: [[StyledLine]] {
        let parts: [(SafeText, Action.Scope)] = [
            ("Everywhere", .everywhere), ("Sessions", .sessions), ("The session", .detail),
            ("Writing a message", .compose),
        ]
        var sections = parts.map { title, scope in
            [StyledLine(title, Style(.title))] + model.actions.all.filter { $0.scope == scope }.map(helpLine)
        }
        sections[3].append(StyledLine("  Enter               Send", .text))
        sections[3].append(StyledLine("  Ctrl-J              A new line", .text))
        return sections + [[StyledLine("Filter", Style(.title))] + Self.filterHelp]
    }

    /// Sections one below the other; where there is room for it in two columns, each about half of them.
    private func inColumns(_ sections: [[StyledLine]]) -> [StyledLine] {
        let width = min(Self.helpWidth, size.width - 4) - 4
        func below(_ sections: some Collection<[StyledLine]>) -> [StyledLine] {
            Array(sections.joined(separator: [StyledLine()]))
        }
        guard width >= 2 * Self.helpColumn + 2 else { return below(sections) }
        let half = (width - 2) / 2
        let columns = (1..<sections.count).map { (below(sections[..<$0]), below(sections[$0...])) }
        guard let (left, right) = columns.min(by: { max($0.0.count, $0.1.count) < max($1.0.count, $1.1.count) }) else {
            return below(sections)
        }
        return (0..<max(left.count, right.count)).map { row in
            var line = left.indices.contains(row) ? left[row].cut(to: half) : StyledLine()
            line.fill(to: half + 2)
            if right.indices.contains(row) { line.add(right[row].cut(to: half)) }
            return line
        }
    }

    private func helpLine(_ action: Action) -> StyledLine {
        let keys = keymap.keys(of: action).map(\.description).joined(separator: " ")
        var line = StyledLine("  " + SafeText(keys).filled(to: 18) + "  ", Style(.key))
        let disabledReason = model.disabledReason(to: action)
        line.add(SafeText(action.title), Style(disabledReason == nil ? .text : .faint))
        if let disabledReason { line.add("  \(disabledReason)", Style(.faint)) }
        return line
    }

    private static let filterHelp: [StyledLine] = [
        ("user17", "ids and agents that have these letters in this order"),
        ("agent:support", "also session: kind: status: origin: doing: node:"),
        ("messages>10", "also tokens seq age idle, with < > =; times such as 30s 5m 2h 1d"),
        ("state.plan=pro", "a field of the state"),
        ("error  paused", "in trouble; with a paused job"),
        ("-kind:temporary", "turned round"),
    ].map { example, text in
        StyledLine("  " + SafeText(example).filled(to: 18) + "  ", Style(.key)).adding(SafeText(text))
    }

    var logLines: [StyledLine] {
        // What came faster than it could be sent or shown.
        let merged = Format.count(list.page?.coalesced ?? 0, "update")
        let rate = StyledLine(SafeText("\(merged) of the list coalesced in the last change"), Style(.faint))
        guard !notices.all.isEmpty else { return nodeLines + [rate, StyledLine("No messages yet.", Style(.faint))] }
        return nodeLines + [rate]
            + notices.all.reversed().map { notice in
                let role: ColorRole =
                    switch notice.kind {
                    case .done: .good
                    case .refused: .warning
                    case .failed: .bad
                    }
                return StyledLine(SafeText(Format.clock(notice.at, in: model.setup.zone)).filled(to: 10), Style(.faint))
                    .adding(SafeText(notice.text), Style(role))
            }
    }

    /// The runtimes that use one database together.
    private var nodeLines: [StyledLine] {
        (model.link.stats?.nodes ?? []).map { node in
            let sessions = Format.count(node.sessions, "session")
            let facts = "\(sessions), lease \(Format.duration(Double(node.lease))), version \(node.version)"
            var line = StyledLine(SafeText(node.name).filled(to: 24) + " ", Style(.key)).adding(SafeText(facts))
            if node.name == model.link.hello?.node { line.add("  this one", Style(.faint)) }
            if node.isDraining { line.add("  shuts down", Style(.warning)) }
            return line
        }
    }

    // MARK: Palette and prompt

    private func draw(_ palette: Overlay.Palette, _ surface: inout Surface) {
        let matches = PaletteKeys.actions(palette.input.text, model)
        let inner = window(Size(width: min(110, size.width - 4), height: min(20, size.height - 4)), "Actions", &surface)
        draw(palette.input, after: ": ", Rect(x: inner.x, y: inner.y, width: inner.width, height: 1), .key, &surface)
        let available = inner.height - 1
        let top = max(0, palette.selected - available + 1)
        if matches.isEmpty { surface.draw("No matches.", x: inner.x, y: inner.y + 1, Style(.faint)) }
        for (y, action) in matches.dropFirst(top).prefix(available).enumerated() {
            let isSelected = top + y == palette.selected
            let row = Rect(x: inner.x, y: inner.y + 1 + y, width: inner.width, height: 1)
            let background: ColorRole? = isSelected ? .selection : nil
            if isSelected { surface.fill(row, Style(.text, on: background)) }
            let id = SafeText(action.id)
            let idX = row.maxX - id.width - 1
            let line = helpLine(action)
            surface.draw(line.cut(to: row.width), x: row.x, y: row.y, on: background, maxX: row.maxX)
            // Where there is room: what settings call it.
            if line.width + 2 <= idX - row.x {
                surface.draw(id, x: idX, y: row.y, Style(.faint, on: background), maxX: row.maxX)
            }
            if isSelected { surface.draw("▸", x: row.x, y: row.y, Style(.accent, on: background)) }
        }
    }

    private func draw(_ prompt: Overlay.Prompt, _ surface: inout Surface) {
        let width = min(70, size.width - 4)
        let question = SafeText(prompt.question).wrapped(to: width - 4)
        let title = prompt.danger.map { SafeText("\($0) ─ Esc cancels") } ?? "Enter answers ─ Esc cancels"
        let style = Style(prompt.danger == nil ? .borderFocused : .bad)
        let inner = window(Size(width: width, height: question.count + 4), title, &surface, style)
        for (y, line) in question.enumerated() { surface.draw(line, x: inner.x, y: inner.y + y, maxX: inner.maxX) }
        guard !prompt.isQuestionOnly else {
            surface.draw(
                "Enter confirms, Esc cancels.",
                x: inner.x,
                y: inner.y + question.count + 1,
                Style(.key),
                maxX: inner.maxX
            )
            return
        }
        let y = inner.y + question.count + 1
        draw(prompt.input, after: "❯ ", Rect(x: inner.x, y: y, width: inner.width, height: 1), .accent, &surface)
    }

    func draw(
        _ input: TextInput,
        after sign: SafeText,
        _ rect: Rect,
        _ role: ColorRole,
        _ surface: inout Surface
    ) {
        let start = surface.draw(sign, x: rect.x, y: rect.y, Style(role), maxX: rect.maxX)
        let available = Rect(x: start, y: rect.y, width: max(1, rect.maxX - start), height: 1)
        input.draw(in: available, hasCursor: true, style: Style(role), &surface)
    }
}
