package import SessionModel

/// The parameters and results of methods that read one session.

package struct SessionName: SessionParams {
    package var agent = ""
    package var session = ""

    package init() {}

    package static let members = ParamsMember<SessionName>.session
}

package struct AttachParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var after: Int?
    package var window: Int?

    package init() {}

    package static let members: [ParamsMember<AttachParams>] =
        ParamsMember.session + [
            .number("after", \.after, "a seq"),
            .number("window", \.window, "at most so many messages", in: 0...100_000),
        ]
}

package struct AttachResult: MethodResult {
    package var attachment: String
    /// As the runtime sends it: with messages cut where they are too large.
    package var head: JSON

    package init(attachment: String, head: JSON) {
        self.attachment = attachment
        self.head = head
    }

    package var json: JSON { ["attachment": .string(attachment), "head": head] }

    package init?(json: JSON) {
        guard let attachment = json["attachment"]?.string, let head = json["head"] else { return nil }
        self.init(attachment: attachment, head: head)
    }
}

/// What an attachment is called.
package struct AttachmentName: MethodParams, MethodResult {
    package var attachment = ""

    package init() {}
    package init(_ attachment: String) { self.attachment = attachment }

    package static let members: [ParamsMember<AttachmentName>] = [.text("attachment", \.attachment)]

    package var json: JSON { ["attachment": .string(attachment)] }

    package init?(json: JSON) { attachment = json["attachment"]?.string ?? "" }
}

package struct HistoryParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var after: Int?
    package var before: Int?
    package var kinds: [String]?
    package var limit: Int?

    package init() {}

    package static let members: [ParamsMember<HistoryParams>] =
        ParamsMember.session + [
            .number("after", \.after, "a seq"), .number("before", \.before, "a seq"), .texts("kinds", \.kinds),
            .limit(\.limit),
        ]
}

package struct EventsPage: MethodResult {
    /// As the runtime sends them: cut where they are too large.
    package var documents: [JSON]
    package var more: Bool

    package init(documents: [JSON], more: Bool) {
        self.documents = documents
        self.more = more
    }

    package var events: [SessionEvent] { documents.compactMap(SessionEvent.init(json:)) }

    package var json: JSON { ["events": .array(documents), "more": .bool(more)] }

    package init?(json: JSON) {
        guard let documents = json["events"]?.array else { return nil }
        self.init(documents: documents, more: json["more"]?.bool ?? false)
    }
}
