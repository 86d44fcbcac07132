internal import Terminal

/// The last line: what came of the last thing done, or what is waited for, or else the keys.
struct FooterView {
    let model: InspectorModel

    private var mode: InputMode { model.mode }
    private var focus: InspectorModel.Focus { model.focus }
    private var list: SessionList { model.list }
    private var notices: NoticeLog { model.notices }
    private var now: Int64 { model.now }
    private var overlay: Overlay? { model.overlay }
    private var search: Search? { model.search }

    func draw(_ rect: Rect, _ surface: inout Surface) {
        surface.fill(rect, Style(.text))
        if let search, mode.isSearching { return draw(search, rect, &surface) }
        if let notice = notices.shown {
            let (mark, role): (SafeText, ColorRole) =
                switch notice.kind {
                case .done: ("✓", .good)
                case .refused: ("–", .warning)
                case .failed: ("✕", .bad)
                }
            let hint: SafeText = notice.kind == .done ? "" : "  Esc"
            let text = SafeText(notice.text).cut(to: max(1, rect.width - 4 - hint.width))
            var line = StyledLine(" " + mark + " ", Style(role)).adding(text, Style(role))
            line.add(hint, Style(.key))
            surface.draw(line, x: rect.x, y: rect.y, maxX: rect.maxX)
        } else if let search {
            let place = search.count == 0 ? "nothing" : "\((search.place ?? 0) + 1) of \(search.count)"
            let rest =
                Search.unsearched(model) > 0
                ? " (\(Format.count(Search.unsearched(model))) older messages are not loaded)" : ""
            let line = StyledLine(" ‘\(search.text)’ \(place)\(rest)  ", Style(.accent)).adding("n", Style(.key))
                .adding(" next  ", Style(.faint)).adding("N", Style(.key)).adding(" previous  ", Style(.faint))
                .adding("Esc", Style(.key)).adding(" ends", Style(.faint))
            surface.draw(line, x: rect.x, y: rect.y, maxX: rect.maxX)
        } else if let long {
            let line = StyledLine(" " + model.spinner + " ", Style(.tool)).adding(SafeText(long), Style(.tool))
                .adding("  Esc", Style(.key)).adding(" stops", Style(.faint))
            surface.draw(line, x: rect.x, y: rect.y, maxX: rect.maxX)
        } else if let marks {
            surface.draw(marks, x: rect.x, y: rect.y, maxX: rect.maxX)
        } else if let waiting = waitingFor {
            surface.draw(waiting, x: rect.x, y: rect.y, maxX: rect.maxX)
        } else if case .lab = mode {
            return
        } else {
            drawKeys(rect, &surface)
        }
    }

    /// What takes long and can be stopped; a rerun that is looked at says so itself.
    private var long: String? {
        if case .rerun? = overlay { return nil }
        return model.work.words(at: now)
    }

    private func draw(_ search: Search, _ rect: Rect, _ surface: inout Surface) {
        let found: SafeText =
            search.text.isEmpty
            ? "" : search.count == 0 ? "nothing" : SafeText("\((search.place ?? 0) + 1) of \(search.count)")
        let x = surface.draw(" Search ", x: rect.x, y: rect.y, Style(.key))
        let available = Rect(x: x, y: rect.y, width: rect.maxX - x - found.width - 2, height: 1)
        search.input.draw(in: available, hasCursor: model.overlay == nil, &surface)
        surface.draw(found, x: rect.maxX - found.width - 1, y: rect.y, Style(.faint))
    }

    /// How many are marked, and what can be done with them.
    private var marks: StyledLine? {
        if focus == .detail, let footer = model.detail?.tabs.all.lazy.compactMap({ $0.footer }).first { return footer }
        guard focus == .sessions, !list.marks.keys.isEmpty else { return nil }
        return StyledLine(" \(Format.count(list.marks.keys.count, "session")) marked  ", Style(.accent))
            .adding("S", Style(.key)).adding(" snapshot  ", Style(.faint)).adding("E", Style(.key))
            .adding(" end  ", Style(.faint)).adding("X", Style(.key)).adding(" delete  ", Style(.faint))
            .adding("Esc", Style(.key)).adding(" unmarks", Style(.faint))
    }

    private var waitingFor: StyledLine? {
        if !list.filter.heldKeys.isEmpty {
            return StyledLine(" " + model.spinner + " Searching; your keys wait for what is found", Style(.tool))
                .adding("  Esc", Style(.key)).adding(" drops them", Style(.faint))
        }
        let overdue = model.requests.pending.values.filter { $0.waiting != nil && now - $0.since >= 200 }
        guard let request = overdue.min(by: { $0.since < $1.since }), let what = request.waiting else { return nil }
        return StyledLine(" " + model.spinner + " \(what)… \(Format.age(now - request.since))", Style(.tool))
            .adding("  Esc", Style(.key)).adding(" stops waiting", Style(.faint))
    }

    private func drawKeys(_ rect: Rect, _ surface: inout Surface) {
        for (x, (key, title)) in placedKeys(width: rect.width) {
            let end = surface.draw(SafeText(key), x: rect.x + x, y: rect.y, Style(.key), maxX: rect.maxX)
            surface.draw(" " + SafeText(title), x: end, y: rect.y, Style(.faint), maxX: rect.maxX)
        }
    }

    /// The key whose hint stands in a column of the footer.
    func hint(atColumn x: Int) -> Key? {
        guard showsKeys else { return nil }
        let hint = placedKeys(width: model.screen.size.width).last { $0.x <= x }
        guard let (start, (key, title)) = hint, x < start + SafeText(key).width + SafeText(title).width + 1 else {
            return nil
        }
        return Key(parsing: key)
    }

    /// Whether the footer names keys, and not what came of the last one.
    private var showsKeys: Bool {
        if case .lab = mode { return false }
        return search == nil && notices.shown == nil && long == nil && marks == nil && waitingFor == nil
    }

    /// Keys and the columns where they begin. What does not fit is left out, but never the way to help and out.
    private func placedKeys(width: Int) -> [(x: Int, hint: (key: String, title: String))] {
        func columns(_ hint: (String, String)) -> Int { SafeText(hint.0).width + SafeText(hint.1).width + 3 }
        let kept = mode.isCovered || focus == .compose || mode.isFiltering ? 1 : 2
        let last = footerKeys.suffix(kept)
        var available = width - 1 - last.reduce(0) { $0 + columns($1) }
        var shown: [(String, String)] = []
        for hint in footerKeys.dropLast(kept) where columns(hint) <= available {
            available -= columns(hint)
            shown.append(hint)
        }
        var x = 1
        return (shown + last).map { hint in
            defer { x += columns(hint) }
            return (x, hint)
        }
    }

    private var footerKeys: [(String, String)] {
        switch overlay {
        case .palette: return [("Enter", "run"), ("↑↓", "choose"), ("Esc", "close")]
        case .prompt: return [("Enter", "confirm"), ("Esc", "cancel")]
        case .help: return [("↑↓", "scroll"), ("/", "search"), ("Esc", "close")]
        case .event: return [("Enter", "follow"), ("↑↓", "choose"), ("Esc", "close")]
        case .found: return [("Enter", "open"), ("↑↓", "choose"), ("Esc", "close")]
        case .rerun:
            let stop = model.work.rerun?.isOver == false ? [("x", "stop")] : []
            return [
                ("Enter", "open the fork"), ("o", "the original"), ("↑↓", "choose"), ("n", "next difference"),
                ("Space", "scroll"),
            ] + stop + [("Esc", "close")]
        case .log, .text: return [("↑↓", "scroll"), ("Esc", "close")]
        case nil: break
        }
        if mode.isFiltering {
            return [("Enter", "keep"), ("Tab", "complete"), ("Ctrl-S", "save"), ("↑↓", "select"), ("Esc", "clear")]
        }
        if focus == .compose {
            return [
                ("Enter", "send"), ("Ctrl-J", "new line"), ("↑↓", "history"), ("Esc", "back"), ("Tab", "next pane"),
            ]
        }
        let scope = Action.Scope(focus)
        return model.actions.all
            .filter {
                $0.isProminent && ($0.scope == scope || $0.scope == .everywhere) && model.disabledReason(to: $0) == nil
            }
            .compactMap { action in
                model.preferences.keymap.keys(of: action).first.map { ($0.description, footerTitle(of: action)) }
            }
    }

    /// The title in a word or two.
    private func footerTitle(of action: Action) -> String {
        switch action.id {
        case "list.open": "open"
        case "detail.open":
            model.pane.map { $0.detail.tabs[$0.detail.tab].openingTitle(in: $0) } ?? "open"
        case "pane.next": "pane"
        case "list.filter": "filter"
        case "compose": "message"
        case "search": "search"
        case "hook.replay": "replay"
        case "job.run": "run"
        case "snapshot.take": "snapshot"
        case "session.fork": "fork"
        case "time.live": "live"
        case "job.pause": "pause"
        case "palette": "actions"
        default: action.title.lowercased()
        }
    }
}
