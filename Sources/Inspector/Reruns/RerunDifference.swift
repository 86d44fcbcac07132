package import SessionModel
package import Terminal

/// In what a step of a rerun differs from the recording, in lines to read.
package struct RerunDifference: Sendable {
    package let aspect: RerunStep.Aspect
    /// What the recording has.
    package var recorded: [SafeText] = []
    /// What the rerun has.
    package var rerun: [SafeText] = []
    /// Changes from one to the other.
    package var changes: [SafeText] = []

    /// Changes that are shown, and bytes of the value of each; JSON has all of them.
    private static let (mostChanges, longestValue) = (100, 2048)

    package static func all(of step: RerunStep) -> [RerunDifference] {
        guard let rerun = step.rerun else { return [] }
        return RerunStep.Aspect.allCases.filter { !step.isSame($0) }.map { aspect in
            var difference = RerunDifference(aspect: aspect)
            switch aspect {
            case .replies:
                difference.recorded = reply(step.recorded)
                difference.rerun = reply(rerun)
            case .tools:
                difference.recorded = calls(step.recorded.tools)
                difference.rerun = calls(rerun.tools)
            case .state:
                difference.changes = changes(step.stateChanges)
            }
            return difference
        }
    }

    private static func changes(_ patch: JSONPatch) -> [SafeText] {
        let shown = JSONPatch(Array(patch.steps.prefix(mostChanges))).json.array ?? []
        let rest = patch.steps.count - shown.count
        return shown.map { change in
            let value = change["value"].map { " = \(cut($0.text))" } ?? ""
            return SafeText("state \(change["op"]?.string ?? "") \(change["path"]?.string ?? "")\(value)")
        } + (rest > 0 ? [SafeText("state: \(Format.count(rest, "more change"))")] : [])
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= longestValue ? text : text.prefix(bytes: longestValue) + "…"
    }

    private static func reply(_ outcome: RerunOutcome) -> [SafeText] {
        let text = outcome.text ?? outcome.error ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { SafeText(String($0)) }
        guard !["finished", "ok"].contains(outcome.status) else { return lines }
        return [SafeText("\(outcome.status): ") + (lines.first ?? "")] + lines.dropFirst()
    }

    private static func calls(_ calls: [ToolCall]) -> [SafeText] {
        guard !calls.isEmpty else { return ["no tool was called"] }
        return calls.map { SafeText("\($0.name)(\($0.arguments.text))") }
    }
}

extension RerunStep {
    /// What has to be said of the step beside what differs: why it was not repeated, calls without a recording, why the model
    /// stopped.
    package var remarks: [SafeText] {
        var remarks = [note ?? rerun?.error].compactMap(\.self).map { SafeText($0) }
        remarks += unrecordedCalls.map { SafeText("no recording of \($0.name)(\($0.arguments.text))") }
        if let now = rerun?.stopReason, let before = recorded.stopReason, now != before {
            remarks.append(SafeText("stop reason \(before.rawValue), now \(now.rawValue)"))
        }
        return remarks
    }

    /// What came, in a word.
    package var kindName: String {
        switch input {
        case .turn: "turn"
        case .hook: "hook"
        case .tick: "tick"
        case .change: "edit"
        }
    }

    /// What came: the user's words, or the name of the webhook, job or method.
    package var inputText: String {
        switch input {
        case .turn(let text): text
        case .hook(let name, _): name
        case .tick(let job): job
        case .change(let method): method
        }
    }
}
