internal import Inspection
package import SessionModel
internal import Terminal

/// How the person has arranged the screen; remembered from one time to the next.
package struct Arrangement: Sendable, Hashable {
    /// Columns of the list; `nil` for what suits the screen.
    var listWidth: Int?
    /// Whether the pane that has the focus takes the whole screen; not remembered.
    var isZoomed = false
    var sort = SessionsQuery.Sort.created
    /// Filters that were saved, newest last.
    var filters: [String] = []

    static let rememberedFilters = 50

    package init() {}

    /// Reads what was remembered; what does not fit is as usual.
    package init(json: JSON) {
        listWidth = json.count("listWidth")
        sort = json["sort"]?.word.flatMap(SessionsQuery.Sort.init(rawValue:)) ?? .created
        filters = (json["filters"]?.array?.compactMap(\.string) ?? []).suffix(Self.rememberedFilters)
    }

    package var json: JSON {
        .members([
            "listWidth": .from(listWidth, JSON.int), "sort": .string(sort.rawValue),
            "filters": .array(filters.map(JSON.string)),
        ])
    }

    mutating func save(filter: String) {
        filters.removeAll { $0 == filter }
        filters.append(filter)
        if filters.count > Self.rememberedFilters { filters.removeFirst() }
    }
}
