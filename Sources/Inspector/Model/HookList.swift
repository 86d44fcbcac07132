internal import Inspection
internal import SessionModel

/// The exchanges of a session, newest first, and the one that is open.
struct HookList: Sendable {
    static let remembered = 500

    var exchanges: [Exchange] = []
    var isLoaded = false
    var selected: String?
    /// Exchanges that are to be replayed.
    var marked: Set<String> = []
    /// Whether what the selection goes over is marked.
    var marksRange = false
    var top = 0
    /// The exchange that is open, whole.
    var opened: Exchange?
    var openedTop = 0

    /// Takes exchanges in that are new or finished.
    mutating func merge(_ changed: [Exchange]) {
        for exchange in changed {
            if let index = exchanges.firstIndex(where: { $0.id == exchange.id }) {
                exchanges[index] = exchange
            } else {
                exchanges.insert(exchange, at: 0)
                if selected != nil { top += 1 }
            }
        }
        if exchanges.count > Self.remembered { exchanges.removeLast(exchanges.count - Self.remembered) }
        if selected == nil { selected = exchanges.first?.id }
    }

    mutating func move(by distance: Int, height: Int) {
        guard !exchanges.isEmpty else { return }
        let current = exchanges.firstIndex { $0.id == selected } ?? 0
        let next = min(max(0, current + distance), exchanges.count - 1)
        if marksRange { marked.formUnion(exchanges[min(current, next)...max(current, next)].map(\.id)) }
        selected = exchanges[next].id
        top = min(min(max(top, next - height + 1), next), max(0, exchanges.count - height))
    }
}
