internal import Inspection
internal import SessionModel

/// The snapshots of a session, and what is compared.
struct SnapshotList: Sendable {
    struct Row: Sendable, Hashable {
        let name: String
        let seq: Int
        let at: Int64
        let by: String
        let messages: Int

        init?(json: JSON) {
            guard let name = json["name"]?.string, let seq = json.count("seq") else { return nil }
            self.name = name
            self.seq = seq
            at = json.time("at") ?? 0
            by = json["by"]?.string ?? ""
            messages = json.count("messages") ?? 0
        }
    }

    var rows: [Row] = []
    var isLoaded = false
    /// The name of the selected one.
    var selected: String?
    /// The one that others are compared with, in place of now.
    var base: String?
    var top = 0

    var current: Row? { rows.first { $0.name == selected } ?? rows.first }

    mutating func show(_ rows: [Row]) {
        self.rows = rows
        isLoaded = true
        if !rows.contains(where: { $0.name == base }) { base = nil }
    }

    mutating func move(by distance: Int, height: Int) {
        guard !rows.isEmpty else { return }
        let place = rows.firstIndex { $0.name == current?.name } ?? 0
        let next = min(max(0, place + distance), rows.count - 1)
        selected = rows[next].name
        top = min(max(top, next - height + 1), next)
    }
}
