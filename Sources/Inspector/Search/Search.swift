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

extension InspectorModel {
    mutating func beginSearch() -> [Effect] {
        search = Search()
        mode = .searching
        return []
    }

    mutating func pressInSearch(_ key: Key) -> [Effect]? {
        switch key {
        case .enter, .tab:
            mode = .detail
            if search?.text.isEmpty == true { search = nil }
        case .escape:
            mode = .detail
            search = nil
        case .control("c"): return nil
        case .down: return findNext(by: 1)
        case .up: return findNext(by: -1)
        default:
            _ = search?.input.handle(key)
            search?.place = nil
            return findNext(by: 1)
        }
        return []
    }

    /// Goes to the next place, or the one before, and round at the ends.
    mutating func findNext(by step: Int) -> [Effect] {
        guard let text = search?.text.lowercased(), !text.isEmpty, let pane else { return [] }
        let tab = pane.detail.tabs[pane.detail.tab]
        let places = tab.places(of: text, in: pane)
        search?.count = places.count
        guard !places.isEmpty else {
            search?.place = nil
            return []
        }
        let isFirst = search?.place == nil && step > 0
        let from = search?.place ?? (step > 0 ? -1 : 0)
        let next = isFirst && type(of: tab).isSearchedFromEnd ? places.count - 1 : from + step + places.count
        search?.place = next % places.count
        changeTab { $0.go(to: places[next % places.count], in: $1) }
        return []
    }

    /// How many messages there are that have not been loaded, and so were not looked through.
    var unsearched: Int {
        guard let detail = detail?.shown, detail.tab == .context, detail.past == nil else { return 0 }
        return max(0, (detail.summary?.messages ?? 0) - detail.fold.messages.count)
    }

    /// Marks what was found on the screen.
    func drawFound(_ rect: Rect, _ surface: inout Surface) {
        guard let text = search?.text.lowercased(), !text.isEmpty else { return }
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
