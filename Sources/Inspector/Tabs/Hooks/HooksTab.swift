internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// The exchanges of a session, newest first, and the one that is open.
struct HooksTab: DetailTab {
    static let id = TabID.hooks
    static let remembered = 500

    private(set) var exchanges: [Exchange] = []
    private var isLoaded = false
    /// What the runtime calls the watch on them; `nil` while the link is down.
    private var watch: String?
    private(set) var selected: String?
    /// Exchanges that are to be replayed.
    private(set) var marked: Set<String> = []
    /// Whether what the selection goes over is marked.
    private var marksRange = false
    private var top = 0
    /// The exchange that is open, whole.
    private(set) var opened: Exchange?
    private var openedTop = 0

    init() {}

    /// The exchange that keys are about.
    var current: String? { opened?.id ?? selected }

    // MARK: Following the session

    static func attached(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key else { return [] }
        return [
            model.request(Methods.watchHooks, ExchangesParams(key)) { model, page in
                guard model.detail?.key == key else { return [] }
                model.detail?.hooks.watch = page.watch
                model.detail?.hooks.isLoaded = true
                model.detail?.hooks.merge(page.exchanges.reversed())
                return []
            }
        ]
    }

    static func take(_ notification: InspectionNotification, _ params: JSON, _ model: inout InspectorModel) {
        guard notification == .hooksChanged, let changed = HooksChanged(json: params),
            changed.watch == model.detail?.hooks.watch
        else { return }
        model.detail?.hooks.merge(changed.exchanges)
    }

    var closing: [@Sendable (inout InspectorModel) -> Effect] {
        watch.map { name in [{ $0.close(Methods.unwatchHooks, WatchName(name)) }] } ?? []
    }

    mutating func linkWentDown() { watch = nil }

    /// Takes exchanges in that are new or finished.
    mutating func merge(_ changed: [Exchange]) {
        var places = Dictionary(exchanges.enumerated().map { (ExactString($1.id), $0) }) { first, _ in first }
        var new: [Exchange] = []
        for exchange in changed {
            let id = ExactString(exchange.id)
            switch places[id] {
            case let place? where place < exchanges.count: exchanges[place] = exchange
            case let place?: new[place - exchanges.count] = exchange
            case nil:
                places[id] = exchanges.count + new.count
                new.append(exchange)
            }
        }
        if selected != nil { top += new.count }
        exchanges = Array((new.reversed() + exchanges).prefix(Self.remembered))
        if selected == nil { selected = exchanges.first?.id }
    }

    func past(at seq: Int, _ time: Int64) -> HooksTab {
        var past = self
        past.exchanges.removeAll { $0.changed.map { $0.lowerBound > seq } ?? ($0.received > time) }
        return past
    }

    // MARK: Asking the runtime

    /// What the exchange that is open changed.
    func neededEvents(in pane: DetailPane) -> [Int] {
        guard let opened, opened.session == pane.detail.key.session, let range = opened.changed else { return [] }
        return Array(range.prefix(ExchangeLines.maximumChanges))
    }

    func neededView(in pane: DetailPane) -> (any Hashable & Sendable)? {
        opened.map { [$0.id, "\($0.changed?.description ?? "")"] }
    }

    /// Opens an exchange once it has been loaded.
    static func openExchange(_ id: String, _ model: inout InspectorModel) -> [Effect] {
        model.detail?.hooks.openedTop = 0
        return [
            model.request(Methods.getHook, ExchangeParams(id), waiting: "Loading the exchange") { model, result in
                if let exchange = result.exchange, exchange.id == id { model.detail?.hooks.opened = exchange }
                return []
            }
        ]
    }

    // MARK: Moving about

    mutating func move(by rows: Int, in pane: DetailPane) {
        if let opened {
            let lines = ExchangeLines(exchange: opened, pane: pane).lines.count
            openedTop = min(max(0, openedTop + rows), max(0, lines - pane.height))
        } else {
            let current = pane.detail.hooks.exchanges.firstIndex { $0.id == selected } ?? 0
            select(current + rows, from: current, in: pane)
        }
    }

    /// Selects one by its place, the nearest where there is none, and brings it into view.
    private mutating func select(_ place: Int, from current: Int, in pane: DetailPane) {
        let shown = pane.detail.hooks.exchanges
        guard !shown.isEmpty else { return }
        let place = min(max(0, place), shown.count - 1)
        if marksRange { marked.formUnion(shown[min(current, place)...max(current, place)].map(\.id)) }
        selected = shown[place].id
        top = min(min(max(top, place - pane.height + 1), place), max(0, shown.count - pane.height))
    }

    mutating func select(row: Int, in pane: DetailPane) {
        let shown = pane.detail.hooks.exchanges
        if opened == nil, shown.indices.contains(top + row) { selected = shown[top + row].id }
    }

    static func openSelected(_ model: inout InspectorModel) -> [Effect] {
        guard let hooks = model.detail?.hooks, hooks.opened == nil, let id = hooks.selected else { return [] }
        return openExchange(id, &model)
    }

    var reasonNotToOpen: String? { opened == nil ? nil : "It is open; Esc closes it." }

    mutating func close() -> Bool {
        defer { opened = nil }
        return opened != nil
    }

    // MARK: Marks

    /// Marks the selected exchange, or takes its mark away.
    mutating func mark() {
        if let selected, marked.remove(selected) == nil { marked.insert(selected) }
    }

    /// Begins to mark what the selection goes over, or ends it.
    mutating func toggleRange() {
        marksRange.toggle()
        if marksRange, let selected { marked.insert(selected) }
    }

    mutating func clearMarks() -> Bool {
        defer { (marked, marksRange) = ([], false) }
        return !marked.isEmpty
    }

    var footer: StyledLine? {
        guard !marked.isEmpty else { return nil }
        return StyledLine(" \(Format.count(marked.count, "exchange")) marked  ", Style(.accent))
            .adding("r", Style(.key)).adding(" replays them in order  ", Style(.faint)).adding("Esc", Style(.key))
            .adding(" unmarks", Style(.faint))
    }

    // MARK: Reading

    func places(in pane: DetailPane) -> [SearchPlace] {
        if let opened {
            return ExchangeLines(exchange: opened, pane: pane).lines.enumerated().map {
                SearchPlace($1.text, item: opened.id, line: $0)
            }
        }
        return exchanges.map { SearchPlace("\($0.hook) \($0.why) \($0.id)", item: $0.id) }
    }

    mutating func go(to place: SearchPlace, in pane: DetailPane) {
        if opened != nil {
            openedTop = place.line
        } else if let row = pane.detail.hooks.exchanges.firstIndex(where: { $0.id == place.item }) {
            select(row, from: row, in: pane)
        }
    }

    func selection(in pane: DetailPane) -> SelectedThing? {
        (opened ?? exchanges.first { $0.id == selected }).map {
            SelectedThing("the exchange's id", text: $0.id, json: $0.json, named: "the exchange")
        }
    }

    func selectedEvent(in pane: DetailPane) -> Int? {
        exchanges.first { $0.id == selected }?.changed?.lowerBound
    }

    static func show(_ event: SessionEvent, _ model: inout InspectorModel) -> [Effect]? {
        switch event.body {
        case .hookReceived(let exchange, _), .hookAnswered(let exchange, _, _, _, _):
            model.detail?.hooks.selected = exchange
            return openExchange(exchange, &model)
        default: return nil
        }
    }

    // MARK: Drawing

    func draw(_ pane: DetailPane, _ surface: inout Surface) {
        let rect = pane.rect
        if let opened {
            let lines = ExchangeLines(exchange: opened, pane: pane).lines
            for (index, line) in lines.dropFirst(openedTop).prefix(rect.height).enumerated() {
                surface.draw(line, x: rect.x, y: rect.y + index, maxX: rect.maxX)
            }
            return
        }
        guard isLoaded else { return pane.draw(sentence: pane.model.loading(), &surface) }
        guard !exchanges.isEmpty else { return pane.draw(sentence: "No webhooks yet.", &surface) }
        let first = min(top, max(0, exchanges.count - rect.height))
        for (row, exchange) in exchanges.dropFirst(first).prefix(rect.height).enumerated() {
            let line = StyledLine(exchange, isMarked: marked.contains(exchange.id), pane)
            pane.draw(line, row: row, isSelected: exchange.id == selected, &surface)
        }
    }

    func isStill(in pane: DetailPane) -> Bool { isLoaded }
}
