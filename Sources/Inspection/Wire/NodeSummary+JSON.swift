package import SessionModel

extension NodeSummary {
    package var json: JSON {
        [
            "node": .string(name), "version": .string(version), "lease": .int(Int(lease)),
            "draining": .bool(isDraining),
            "sessions": .int(sessions),
        ]
    }

    package init?(json: JSON) {
        guard let name = json["node"]?.string else { return nil }
        self.init(
            name: name.prefix(bytes: 256),
            version: (json["version"]?.string ?? "").prefix(bytes: 64),
            lease: Int64(json.count("lease") ?? 0),
            isDraining: json["draining"]?.bool ?? false,
            sessions: json.count("sessions") ?? 0
        )
    }

    /// Of those that are told more than this, the others are left out.
    private static let most = 256

    /// `nil` for none: of a runtime that uses its store alone.
    package static func json(_ nodes: [NodeSummary]) -> JSON? { nodes.isEmpty ? nil : .array(nodes.map(\.json)) }

    package static func read(_ json: JSON?) -> [NodeSummary] {
        json?.array?.prefix(most).compactMap(NodeSummary.init(json:)) ?? []
    }
}
