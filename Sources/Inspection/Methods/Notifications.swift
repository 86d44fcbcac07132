package import SessionModel

/// What notifications hold.

package struct EventTold: Sendable {
    package var attachment: String
    /// The event as the runtime sends it: cut where it is too large.
    package var document: JSON

    package init?(json: JSON) {
        guard let attachment = json["attachment"]?.string, let document = json["event"] else { return nil }
        self.attachment = attachment
        self.document = document
    }
}

/// What a model has streamed so far.
package struct TurnDelta: Sendable {
    package var attachment: String
    package var turn: String
    package var text: String

    package init(attachment: String, turn: String, text: String) {
        self.attachment = attachment
        self.turn = turn
        self.text = text
    }

    package var json: JSON {
        ["attachment": .string(attachment), "turn": .string(turn), "text": .string(text)]
    }

    package init?(json: JSON) {
        guard let attachment = json["attachment"]?.string, let turn = json["turn"]?.string else { return nil }
        self.init(attachment: attachment, turn: turn, text: json["text"]?.string ?? "")
    }
}

/// What a session is doing; `nil` for nothing.
package struct SessionBusy: Sendable {
    package var attachment: String
    package var doing: String?

    package init(attachment: String, doing: String?) {
        self.attachment = attachment
        self.doing = doing
    }

    package var json: JSON { ["attachment": .string(attachment), "doing": doing.map(JSON.string) ?? .null] }

    package init?(json: JSON) {
        guard let attachment = json["attachment"]?.string else { return nil }
        self.init(attachment: attachment, doing: json["doing"]?.string)
    }
}

/// Exchanges that are new or finished.
package struct HooksChanged: Sendable {
    package var watch: String
    /// As the runtime sends them: cut where they are too large.
    package var rows: [JSON]

    package init(watch: String, rows: [JSON]) {
        self.watch = watch
        self.rows = rows
    }

    package var exchanges: [Exchange] { rows.compactMap(Exchange.init(json:)) }

    package var json: JSON { ["watch": .string(watch), "exchanges": .array(rows)] }

    package init?(json: JSON) {
        guard let watch = json["watch"]?.string else { return nil }
        self.init(watch: watch, rows: json["exchanges"]?.array ?? [])
    }
}

/// A piece of a capsule's text.
package struct ExportChunk: Sendable {
    package var export: String
    package var text: String
    /// How many there have been.
    package var events: Int
    /// How many there are; `nil` when nobody knows.
    package var total: Int?

    package init(export: String, text: String, events: Int, total: Int?) {
        self.export = export
        self.text = text
        self.events = events
        self.total = total
    }

    package var json: JSON {
        .members([
            "export": .string(export), "text": .string(text), "events": .int(events), "of": .from(total, JSON.int),
        ])
    }

    package init?(json: JSON) {
        guard let export = json["export"]?.string, let text = json["text"]?.string else { return nil }
        self.init(export: export, text: text, events: json.count("events") ?? 0, total: json.count("of"))
    }
}

/// The end of an export.
package struct ExportEnd: Sendable {
    package var export: String
    package var bytes: Int
    package var error: RPCError?

    package init(export: String, bytes: Int, error: RPCError?) {
        self.export = export
        self.bytes = bytes
        self.error = error
    }

    package var json: JSON {
        .members(["export": .string(export), "bytes": .int(bytes), "error": error?.json])
    }

    package init?(json: JSON) {
        guard let export = json["export"]?.string else { return nil }
        self.init(
            export: export,
            bytes: json.count("bytes") ?? 0,
            error: json["error"].flatMap(RPCError.init(json:))
        )
    }
}
