internal import SessionModel

/// A window of messages as a model may be sent it. A window, a fork, a restore or an edit can part a tool's call from its result,
/// and servers refuse the whole conversation for that, and for blank text.
///
/// Each call is answered in the message behind it, once; what has no call is left out; no id is used twice.
struct ValidContext {
    private(set) var messages: [Message] = []
    /// Whether they are nothing but texts.
    private(set) var isPlainText = false
    /// Calls that were given a result that says that there is none.
    private(set) var unanswered = 0
    /// Results that were left out.
    private(set) var orphaned = 0

    private var ids: Set<ExactString> = []
    /// How often an id has been asked for, so that the next name for it is not looked for from the beginning.
    private var uses: [ExactString: Int] = [:]

    init(_ window: [Message]) {
        if window.arePlainText {
            messages = window
            isPlainText = true
            return
        }
        messages.reserveCapacity(window.count)
        var calls: [ToolCall] = []
        for message in window {
            let plain = Self.withoutBlanks(message)
            if message.role == .assistant {
                answer(calls, in: nil)
                let (renamed, own) = withOwnIDs(plain)
                calls = own
                if !renamed.blocks.isEmpty { messages.append(renamed) }
            } else if message.role == .user {
                answer(calls, in: plain)
                calls = []
            } else {
                // A note of the system between them: the results still come.
                if calls.isEmpty {
                    if !plain.blocks.isEmpty { messages.append(plain) }
                } else {
                    held.append(plain)
                }
            }
        }
        answer(calls, in: nil)
    }

    /// Notes that stood between a call and its result, for behind it.
    private var held: [Message] = []

    /// Whether anything had to be changed that one should know of.
    var note: String? {
        let parts = [
            unanswered == 0 ? nil : "\(unanswered) tool call\(unanswered == 1 ? "" : "s") without a result",
            orphaned == 0 ? nil : "\(orphaned) result\(orphaned == 1 ? "" : "s") without a call",
        ].compactMap(\.self)
        if parts.isEmpty { return nil }
        return
            "The context has \(parts.joined(separator: " and ")): calls are sent with a result that says so, results are left out."
    }

    /// The message without blank texts. A user's message that becomes empty gets a placeholder text.
    private static func withoutBlanks(_ message: Message) -> Message {
        func isBlank(_ block: Block) -> Bool { if case .text(let text, _) = block { text.isBlank } else { false } }
        guard message.blocks.isEmpty || message.blocks.contains(where: isBlank) else { return message }
        var message = message
        message.blocks.removeAll(where: isBlank)
        if message.role == .user, message.blocks.isEmpty { message.blocks = [.text("(an empty message)")] }
        return message
    }

    /// The message with calls that no earlier one has the ids of, and those with their old ids.
    private mutating func withOwnIDs(_ message: Message) -> (Message, [ToolCall]) {
        guard !message.toolCalls.isEmpty else { return (message, []) }
        var message = message
        var calls: [ToolCall] = []
        for (index, block) in message.blocks.enumerated() {
            guard case .toolCall(var call) = block else { continue }
            calls.append(call)
            let requested = ExactString(call.id)
            while !ids.insert(ExactString(call.id)).inserted {
                uses[requested, default: 1] += 1
                call.id = "\(calls[calls.count - 1].id)_\(uses[requested, default: 1])"
            }
            sentIDs.append(call.id)
            message.blocks[index] = .toolCall(call)
        }
        return (message, calls)
    }

    /// The unique ids under which the waiting calls are sent.
    private var sentIDs: [String] = []

    /// Answers the calls that wait with the results of a message, in the calls' order; its other blocks stay behind them.
    private mutating func answer(_ calls: [ToolCall], in message: Message?) {
        defer {
            messages += held.filter { !$0.blocks.isEmpty }
            held = []
            sentIDs = []
        }
        var results = Dictionary(grouping: message?.toolResults ?? []) { ExactString($0.id) }.mapValues { $0[...] }
        guard !calls.isEmpty || !results.isEmpty else {
            if let message { messages.append(message) }
            return
        }
        var blocks: [Block] = []
        for (call, id) in zip(calls, sentIDs) {
            if var result = results[ExactString(call.id)]?.popFirst() {
                result.id = id
                blocks.append(.toolResult(result))
            } else {
                unanswered += 1
                blocks.append(.toolResult(Self.missing(call, id)))
            }
        }
        orphaned += results.values.reduce(0) { $0 + $1.count }
        let others = (message?.blocks ?? []).filter { if case .toolResult = $0 { false } else { true } }
        if blocks.isEmpty && others.isEmpty { return }
        messages.append(Message(id: message?.id ?? "", role: .user, blocks: blocks + others))
    }

    private static func missing(_ call: ToolCall, _ id: String) -> ToolResult {
        let words = "There is no result: the conversation was cut, forked or restored between the call and its result."
        return ToolResult(id: id, name: call.name, result: .string(words), isError: true)
    }
}
