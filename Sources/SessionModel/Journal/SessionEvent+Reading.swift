extension SessionEvent.Body {
    /// The body of an event of that kind; `nil` when the kind is unknown or a member is missing or of a wrong type.
    init?(kind: String, _ from: JSON.Object) {
        guard let body = Self.conversation(kind, from) ?? Self.outside(kind, from) else { return nil }
        self = body
    }

    private static func conversation(_ kind: String, _ from: JSON.Object) -> Self? {
        switch kind {
        case "message.added": message(from).map(Self.messageAdded)
        case "message.changed": message(from).map(Self.messageChanged)
        case "message.removed": from["id"]?.string.map(Self.messageRemoved)
        case "turn.started": .turnStarted(input: texts(from["input"]), trace: from["trace"]?.string)
        case "turn.finished": TurnResult(json: from).map(Self.turnFinished)
        case "completion.started":
            .completionStarted(
                provider: from["provider"]?.string ?? "",
                model: from["model"]?.string ?? "",
                window: texts(from["window"])
            )
        case "completion.finished":
            .completionFinished(
                stopReason: from["stop_reason"]?.word.flatMap(StopReason.init(rawValue:)),
                usage: Usage(json: from["usage"] ?? [:]),
                duration: from.duration("duration") ?? 0,
                error: from["error"]?.string
            )
        case "tool.started": from["call"].flatMap(ToolCall.init(json:)).map(Self.toolStarted)
        case "tool.finished":
            from["id"]?.string.map {
                .toolFinished(
                    ToolResult(
                        id: $0,
                        name: from["name"]?.string ?? "",
                        result: from["result"] ?? .null,
                        isError: from["error"]?.bool ?? false
                    ),
                    duration: from.duration("duration") ?? 0
                )
            }
        case "middleware.started":
            named(from).map { .middlewareStarted(trigger: $0, name: $1, before: from["before"] ?? .null) }
        case "middleware.finished":
            named(from).map {
                .middlewareFinished(trigger: $0, name: $1, after: from["after"], error: from["error"]?.string)
            }
        default: nil
        }
    }

    private static func outside(_ kind: String, _ from: JSON.Object) -> Self? {
        switch kind {
        case "session.created":
            from["origin"]?.word.flatMap(Origin.init(rawValue:)).map {
                .sessionCreated(origin: $0, temporary: from["temporary"]?.bool ?? false)
            }
        case "session.ended": .sessionEnded(reason: from["reason"]?.string ?? "")
        case "session.kept": from["from"]?.string.map(Self.sessionKept)
        case "session.forked": SessionFork(json: from).map(Self.sessionForked)
        case "session.restored":
            from["picture"].flatMap(SessionPicture.init(json:)).flatMap { picture in
                from.count("to").map { .sessionRestored(to: $0, snapshot: from["snapshot"]?.string, picture) }
            }
        case "snapshot.taken":
            from["name"]?.string.flatMap { name in from.count("of").map { .snapshotTaken(name: name, of: $0) } }
        case "hook.received": exchange(from).map { .hookReceived(exchange: $0, hook: $1) }
        case "hook.answered":
            exchange(from).map {
                .hookAnswered(
                    exchange: $0,
                    hook: $1,
                    status: from.count("status") ?? 0,
                    duration: from.duration("duration") ?? 0,
                    error: from["error"]?.string
                )
            }
        case "tick.started": tick(from).map { .tickStarted(job: $0, scheduled: $1) }
        case "tick.finished":
            tick(from).map {
                .tickFinished(
                    job: $0,
                    scheduled: $1,
                    status: from["status"]?.word.flatMap(TickStatus.init(rawValue:)) ?? .ok,
                    duration: from.duration("duration") ?? 0,
                    error: from["error"]?.string
                )
            }
        case "tick.missed": tick(from).map { .tickMissed(job: $0, scheduled: $1, reason: from["reason"]?.string ?? "") }
        case "state.changed": from["patch"].flatMap { try? JSONPatch(json: $0) }.map(Self.stateChanged)
        case "log": from["text"]?.string.map { .log(level: from["level"]?.string ?? "info", text: $0) }
        case "sent": from["data"].map(Self.sent)
        case "inspector.acted":
            from["method"]?.string.map { .inspectorActed(by: from["by"]?.string ?? "", method: $0) }
        default: nil
        }
    }

    private static func message(_ from: JSON.Object) -> Message? { from["message"].flatMap { try? Message(json: $0) } }

    private static func texts(_ json: JSON?) -> [String] { json?.array?.compactMap(\.string) ?? [] }

    private static func named(_ from: JSON.Object) -> (String, String)? {
        guard let trigger = from["trigger"]?.string, let name = from["name"]?.string else { return nil }
        return (trigger, name)
    }

    private static func exchange(_ from: JSON.Object) -> (String, String)? {
        guard let exchange = from["exchange"]?.string, let hook = from["hook"]?.string else { return nil }
        return (exchange, hook)
    }

    private static func tick(_ from: JSON.Object) -> (String, Int64)? {
        guard let job = from["job"]?.string, let scheduled = from.time("scheduled") else { return nil }
        return (job, scheduled)
    }
}
