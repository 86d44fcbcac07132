internal import Inspection
internal import SessionModel
internal import Terminal

/// What is searched for in the tab that is shown.
struct Search: Sendable {
    var input = TextInput()
    /// How many places hold it, and which of them is shown.
    var count = 0
    var place: Int?

    var text: String { input.text }
}

extension Search {
    static func begin(_ model: inout InspectorModel) -> [Effect] {
        model.search = Search()
        model.mode = .searching
        return []
    }

    static func press(_ key: Key, _ model: inout InspectorModel) -> [Effect]? {
        switch key {
        case .enter, .tab:
            model.mode = .detail
            if model.search?.text.isEmpty == true { model.search = nil }
        case .escape:
            model.mode = .detail
            model.search = nil
        case .control("c"): return nil
        case .down: return find(by: 1, &model)
        case .up: return find(by: -1, &model)
        default:
            _ = model.search?.input.handle(key)
            model.search?.place = nil
            return find(by: 1, &model)
        }
        return []
    }

    /// Goes to the next place, or the one before, and round at the ends.
    static func find(by step: Int, _ model: inout InspectorModel) -> [Effect] {
        guard let text = model.search?.text.lowercased(), !text.isEmpty, let pane = model.pane else { return [] }
        let tab = pane.detail.tabs[pane.detail.tab]
        let places = tab.places(of: text, in: pane)
        model.search?.count = places.count
        guard !places.isEmpty else {
            model.search?.place = nil
            return []
        }
        let isFirst = model.search?.place == nil && step > 0
        let from = model.search?.place ?? (step > 0 ? -1 : 0)
        let next = isFirst && type(of: tab).isSearchedFromEnd ? places.count - 1 : from + step + places.count
        model.search?.place = next % places.count
        model.changeTab { $0.go(to: places[next % places.count], in: $1) }
        return []
    }

    /// How many messages there are that have not been loaded, and so were not looked through.
    static func unsearched(_ model: InspectorModel) -> Int {
        guard let detail = model.detail?.shown, detail.tab == .context, detail.past == nil else { return 0 }
        return max(0, (detail.summary?.messages ?? 0) - detail.fold.messages.count)
    }

    /// Marks what was found on the screen.
    static func draw(_ rect: Rect, _ surface: inout Surface, _ model: InspectorModel) {
        guard let text = model.search?.text.lowercased(), !text.isEmpty else { return }
        let requested = SafeText(text).cells
        for y in rect.y..<rect.maxY {
            let columns = (rect.x..<rect.maxX).filter { surface[$0, y].width > 0 }
            let row = columns.map { Character(surface[$0, y].cluster.lowercased().first.map(String.init) ?? " ") }
            guard row.count >= requested.count else { continue }
            for start in 0...(row.count - requested.count)
            where row[start..<(start + requested.count)].elementsEqual(requested) {
                for x in columns[start..<(start + requested.count)] {
                    surface.restyle(Rect(x: x, y: y, width: 1, height: 1)) { $0.attributes.formUnion([.reverse]) }
                }
            }
        }
    }
}
