package import SessionModel
package import Terminal

/// Events in signs and words.
extension SessionEvent {
    /// The sign of what kind of event it is, one column or two.
    package var sign: SafeText {
        switch body {
        case .hookReceived, .hookAnswered: "⚓"
        case .tickStarted, .tickFinished, .tickMissed: "⏱"
        case .messageAdded, .messageChanged, .messageRemoved: "✉"
        case .toolStarted, .toolFinished: "⚙"
        case .stateChanged: "✎"
        case .turnStarted, .turnFinished: "↻"
        case .completionStarted, .completionFinished: "◇"
        case .middlewareStarted, .middlewareFinished: "≈"
        case .snapshotTaken: "▣"
        case .sessionForked: "⑂"
        case .inspectorActed: "☞"
        case .sent: "→"
        default: "·"
        }
    }

    /// How the sign looks.
    package var role: ColorRole {
        switch body {
        case .toolStarted, .toolFinished: .tool
        case .stateChanged: .changed
        case .messageAdded(let message): message.role == .user ? .user : .assistant
        case .hookAnswered(_, _, let status, _, _): status >= 500 ? .bad : .accent
        case .tickFinished(_, _, let status, _, _): status == .ok ? .accent : .bad
        case .tickMissed: .warning
        case .turnFinished(let result): result.status == .finished ? .good : .bad
        case .hookReceived, .tickStarted: .accent
        default: .faint
        }
    }

    /// A word for the timeline; empty for what its sign says well enough.
    var word: SafeText {
        switch body {
        case .hookReceived, .hookAnswered: "hook"
        case .tickStarted, .tickFinished, .tickMissed: "tick"
        case .toolStarted, .toolFinished: "tool"
        case .stateChanged: "state"
        case .turnStarted, .turnFinished: "turn"
        case .snapshotTaken: "snapshot"
        case .sessionForked: "fork"
        default: .empty
        }
    }

    /// What happened, in a line.
    package var sentence: String {
        switch body {
        case .sessionCreated(let origin, let isTemporary):
            "\(isTemporary ? "temporary session" : "session") made by \(origin.rawValue)"
        case .sessionEnded(let reason): "session ended: \(reason)"
        case .sessionKept(let from): "kept; it was \(from) before"
        case .sessionForked(.from(let session, let agent, let seq, _)):
            "forked from \(agent.map { "\($0)/" } ?? "")\(session) at #\(seq)"
        case .sessionForked(.to(let session, let agent, let seq)):
            "forked at #\(seq) to \(agent.map { "\($0)/" } ?? "")\(session)"
        case .sessionRestored(let to, let snapshot, _): "restored to " + (snapshot.map { "'\($0)', " } ?? "") + "#\(to)"
        case .snapshotTaken(let name, let of): "snapshot '\(name)' of #\(of)"
        case .messageAdded(let message): "\(message.role.rawValue): \(message.gist)"
        case .messageRemoved(let id): "message \(id) removed"
        case .messageChanged(let message): "\(message.role.rawValue), changed: \(message.gist)"
        case .turnStarted(_, let trace): "turn begins" + (trace.map { ", in trace \($0)" } ?? "")
        case .turnFinished(let result): "turn \(result.status.rawValue)" + (result.error.map { ": \($0)" } ?? "")
        case .completionStarted(_, let model, let window):
            "\(model) is asked, \(Format.count(window.count, "message"))"
        case .completionFinished(_, let usage, _, let error):
            error.map { "the model failed: \($0)" } ?? "the model answered, \(Format.count(usage.output, "token"))"
        case .toolStarted(let call): "\(call.name)(\(call.words))"
        case .toolFinished(let result, _): "\(result.name) → \(result.result.text)"
        case .middlewareStarted(let trigger, let name, _): "middleware \(name) on \(trigger)"
        case .middlewareFinished(_, let name, _, let error):
            error.map { "middleware \(name) failed: \($0)" } ?? "middleware \(name) done"
        case .hookReceived(_, let hook): "hook \(hook)"
        case .hookAnswered(_, let hook, let status, _, let error):
            "hook \(hook) answered \(status)" + (error.map { ": \($0)" } ?? "")
        case .tickStarted(let job, _): "job \(job) ticks"
        case .tickFinished(let job, _, let status, _, let error):
            "job \(job) \(status.rawValue)" + (error.map { ": \($0)" } ?? "")
        case .tickMissed(let job, _, let reason): "job \(job) missed: \(reason)"
        case .stateChanged(let patch): patch.steps.map(\.words).joined(separator: ", ")
        case .log(let level, let text): "\(level): \(text)"
        case .sent(let data): "sent \(data.text)"
        case .inspectorActed(let by, let method): "\(by) did \(method)"
        case .other(let kind, _): kind
        }
    }
}

extension Message {
    /// Its text, or what else it holds.
    fileprivate var gist: String {
        if !text.isEmpty { return text }
        if let call = toolCalls.first { return "\(call.name)(\(call.words))" }
        return toolResults.first.map { "\($0.name) → \($0.result.text)" } ?? ""
    }
}

extension ToolCall {
    /// Its arguments: `number: 1188, why: "late"`.
    var words: String {
        (arguments.object ?? [:]).map { "\($0.name): \($0.value.text)" }.joined(separator: ", ")
    }
}

extension JSONPatch.Step {
    /// `plan = "pro"`.
    var words: String {
        switch self {
        case .add(let path, let value), .replace(let path, let value), .test(let path, let value):
            "\(path.pieces.joined(separator: ".")) = \(value.text)"
        case .remove(let path): "\(path.pieces.joined(separator: ".")) gone"
        case .move(let from, let to), .copy(let from, let to): "\(from) → \(to)"
        }
    }
}
