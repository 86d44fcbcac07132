internal import Inspection
internal import SessionModel
internal import Terminal

/// The list of sessions.
struct ListView {
    let model: InspectorModel

    private var list: SessionList { model.list }
    private var focus: InspectorModel.Focus { model.focus }
    private var mode: InputMode { model.mode }
    private var link: LinkStatus { model.link }
    private var runtimeNow: Int64 { model.runtimeNow }

    func draw(_ rect: Rect, _ surface: inout Surface) {
        let isFocused = focus == .sessions
        surface.box(rect, title: "Sessions", Style(isFocused ? .borderFocused : .border))
        drawListTitle(rect, &surface)
        let inner = rect.inset()
        if let problem = link.problem ?? WantedSession.unknownAgent(model) ?? list.filter.error {
            return surface.draw(sentence: problem, .bad, inner)
        }
        guard list.page != nil else {
            return surface.draw(sentence: model.loading("Waiting for the runtime…"), .faint, inner)
        }
        guard list.total > 0 else { return surface.draw(sentence: emptyList, .faint, inner) }
        // Ids of temporary sessions are told apart by their ends.
        let longest = list.rows.reduce(0) { max($0, $1.kind == .temporary ? 9 : SafeText($1.key.session).width) }
        let columns = ListColumns(width: inner.width, name: longest, hasNodes: model.link.hello?.nodes.isEmpty == false)
        for line in 0..<inner.height {
            let index = list.top + line - list.offset
            guard list.rows.indices.contains(index), list.top + line >= 0 else { continue }
            draw(
                list.rows[index],
                columns,
                Rect(x: inner.x, y: inner.y + line, width: inner.width, height: 1),
                &surface
            )
        }
        drawScrollMarks(rect, inner, &surface)
    }

    private var emptyList: String {
        if ListWindow.isSearching(model) { return "Searching…" }
        return list.filter.input.isEmpty
            ? "No sessions yet. Sessions appear with their first message or webhook. Press n to create one."
            : "No session fits the filter. Esc takes it away."
    }

    private func drawListTitle(_ rect: Rect, _ surface: inout Surface) {
        let total: SafeText = ListWindow.isSearching(model) ? " … " : " \(Format.count(list.total)) "
        let totalX = surface.size.width < rect.maxX ? rect.x : rect.maxX - total.width - 1
        if list.page != nil { surface.draw(total, x: totalX, y: rect.y, Style(.faint), maxX: rect.maxX - 1) }
        guard mode.isFiltering || !list.filter.input.isEmpty else {
            let sort = SafeText(" by \(list.sort.words) ")
            if rect.width > 36 || (list.sort != .created && rect.width >= 30 && list.top == 0) {
                surface.draw(sort, x: totalX - sort.width - 1, y: rect.y, Style(.faint), maxX: totalX)
            }
            return
        }
        let start = rect.x + 12
        let available = max(4, totalX - start - 2)
        let head = SafeText(list.filter.input.head)
        let shown =
            head.width < available
            ? SafeText(list.filter.input.text).prefix(available)
            : SafeText("…" + String(list.filter.input.head.suffix(max(1, available - 2))))
        let end = surface.draw(" /" + shown + " ", x: start, y: rect.y, Style(.key), maxX: totalX)
        if head.width < available { markWrongWord(x: start + 2, y: rect.y, maxX: totalX, &surface) }
        if mode.isFiltering, !mode.isCovered {
            surface.cursor = Point(x: min(start + 2 + min(head.width, available - 1), end), y: rect.y)
        }
    }

    /// Underlines the word of the filter that the error names.
    private func markWrongWord(x: Int, y: Int, maxX: Int, _ surface: inout Surface) {
        guard let problem = list.filter.error else { return }
        var column = x
        for word in list.filter.input.text.split(separator: " ", omittingEmptySubsequences: false) {
            let width = SafeText(word).width
            if !word.isEmpty, problem.contains("'\(word)'") {
                surface.restyle(Rect(x: column, y: y, width: min(width, maxX - column), height: 1)) {
                    $0 = Style(.bad, on: $0.background, .underline)
                }
                return
            }
            column += width + 1
        }
    }

    private func drawScrollMarks(_ rect: Rect, _ inner: Rect, _ surface: inout Surface) {
        let below = list.total - max(0, list.top) - inner.height
        if list.top > 0 { drawMark("↑ \(Format.count(list.top))", rect.y, rect, &surface, fromLeft: true) }
        if below > 0 { drawMark("↓ \(Format.count(below))", rect.maxY - 1, rect, &surface, fromLeft: true) }
    }

    private func drawMark(_ text: SafeText, _ y: Int, _ rect: Rect, _ surface: inout Surface, fromLeft: Bool) {
        let isTop = y == rect.y
        if isTop, mode.isFiltering || !list.filter.input.isEmpty { return }
        let x = isTop ? rect.x + 12 : rect.maxX - text.width - 3
        if isTop, x - rect.x + text.width + Format.count(list.total).count + 5 > rect.width { return }
        surface.draw(" " + text + " ", x: x, y: y, Style(.faint), maxX: rect.maxX - 1)
    }

    private func draw(_ row: SessionSummary, _ columns: ListColumns, _ rect: Rect, _ surface: inout Surface) {
        let isSelected = row.key == list.selected
        let background: ColorRole? = isSelected ? (focus == .sessions ? .selection : .selectionUnfocused) : nil
        if isSelected { surface.fill(rect, Style(.text, on: background)) }
        let isMarked = list.marks.keys.contains(row.key)
        var line = StyledLine(isMarked ? "✓" : isSelected ? "▸" : " ", Style(isMarked ? .warning : .accent))
        let (mark, role) = row.mark
        line.add(mark + " ", Style(role))
        line.add(row.name(columns.name).filled(to: columns.name), Style(row.status == .ended ? .ended : .text))
        if columns.agent > 0 { line.add(" " + SafeText(row.key.agent).filled(to: columns.agent), Style(.faint)) }
        if columns.node > 0 {
            let name = SafeText(row.node ?? "").cutInside(to: columns.node - 1, keeping: 5)
            line.add(" " + name.filled(to: columns.node - 1), Style(.faint))
        }
        if columns.age > 0 {
            line.add(SafeText(Format.age(runtimeNow - row.times.active)).rightAligned(to: columns.age), Style(.faint))
        }
        if columns.messages > 0 {
            line.add(SafeText("\(row.messages)✉").rightAligned(to: columns.messages), Style(.faint))
        }
        let (activity, style) = activity(of: row)
        line.add("  " + activity.filled(to: columns.activity - 2), style)
        surface.draw(line, x: rect.x, y: rect.y, on: background, maxX: rect.maxX)
    }

    private func activity(of row: SessionSummary) -> (SafeText, Style) {
        if let doing = row.doing, !doing.hasPrefix("tick:") {
            return ("\(model.spinner.string) \(doing.split(separator: ":").last ?? "")", Style(.tool))
        }
        if let trouble = row.trouble { return (SafeText(trouble.text), Style(.bad)) }
        if row.status == .ended { return ("ended", Style(.ended)) }
        if row.kind == .temporary, let expires = row.times.expires {
            return (SafeText(Format.countdown(expires - runtimeNow)), Style(.temporary))
        }
        if row.paused { return ("paused", Style(.warning)) }
        if let next = row.times.nextTick { return ("⏱ \(Format.age(max(0, next - runtimeNow)))", Style(.faint)) }
        return (.empty, .text)
    }
}

/// How the columns of the list share its width.
struct ListColumns: Sendable, Hashable {
    let name: Int
    let agent: Int
    /// Of several runtimes, which one has it.
    let node: Int
    let age: Int
    let messages: Int
    let activity: Int

    /// - Parameter requested: columns of the longest id: for it messages give way first, then ages.
    init(width: Int, name requested: Int, hasNodes: Bool) {
        agent = width >= 44 ? 8 : 0
        node = hasNodes && width >= 56 ? 13 : 0
        activity = width >= 44 ? 13 : width >= 32 ? 10 : 8
        let available = width - 3 - (agent > 0 ? agent + 1 : 0) - node - activity
        messages = width >= 32 && available - 11 >= requested ? 6 : 0
        age = available - 5 >= min(requested, 16) ? 5 : 0
        name = max(4, available - age - messages)
    }
}

extension SessionSummary {
    /// The session's id; temporary ones are told apart by their ends.
    func name(_ columns: Int) -> SafeText {
        let name = SafeText(key.session)
        return name.cutInside(to: columns, keeping: kind == .temporary ? 4 : columns / 2)
    }

    /// The sign of its status, and how it looks.
    var mark: (SafeText, ColorRole) {
        if trouble != nil, status != .ended { return ("✕", .bad) }
        switch (status, kind) {
        case (.ended, _): return ("·", .ended)
        case (.asleep, _): return ("○", .asleep)
        case (_, .temporary): return ("◌", .temporary)
        default: return ("●", .lasting)
        }
    }
}
