internal import Inspection
internal import Inspector
internal import SessionModel
internal import Terminal

/// What reruns came to as the XML that JUnit writes and continuous integration reads: a suite for each session, a case for
/// each step. Only what was expected to be the same is a failure.
struct JUnitReport {
    private let all: [RerunOfSession]
    private let expected: [RerunStep.Aspect]

    init(_ all: [RerunOfSession], expected: [RerunStep.Aspect]) {
        self.all = all
        self.expected = expected
    }

    var text: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        for rerun in all { add(rerun, to: &text) }
        return text + "</testsuites>\n"
    }

    private func add(_ rerun: RerunOfSession, to text: inout String) {
        let name = Self.escaped("\(rerun.source.agent)/\(rerun.source.session)")
        let failed = rerun.steps.count { step in expected.contains { !step.isSame($0) } }
        let skipped = rerun.steps.count { $0.rerun == nil }
        let seconds = rerun.steps.reduce(0) { $0 + ($1.rerun?.duration ?? 0) } / 1000
        let errors = rerun.error == nil ? 0 : 1
        text += "  <testsuite name=\"\(name)\" tests=\"\(rerun.steps.count + errors)\" failures=\"\(failed)\""
        text += " errors=\"\(errors)\" skipped=\"\(skipped)\" time=\"\(seconds)\">\n"
        for step in rerun.steps { add(step, of: name, to: &text) }
        if let error = rerun.error {
            text += "    <testcase classname=\"\(name)\" name=\"rerun\">\n"
            text += "      <error message=\"\(Self.escaped(error.description))\"/>\n    </testcase>\n"
        }
        text += "  </testsuite>\n"
    }

    private func add(_ step: RerunStep, of suite: String, to text: inout String) {
        let name = Self.escaped("#\(step.seq) \(step.kindName): \(step.inputText)")
        let seconds = (step.rerun?.duration ?? 0) / 1000
        text += "    <testcase classname=\"\(suite)\" name=\"\(name)\" time=\"\(seconds)\">\n"
        if step.rerun == nil { text += "      <skipped message=\"\(Self.escaped(step.note ?? ""))\"/>\n" }
        let remarks = step.rerun == nil ? [] : step.remarks.map(\.string)
        if !remarks.isEmpty {
            text += "      <system-out>\(Self.escaped(remarks.joined(separator: "\n")))</system-out>\n"
        }
        for difference in RerunDifference.all(of: step) {
            let lines =
                difference.recorded.map { "- \($0.string)" } + difference.rerun.map { "+ \($0.string)" }
                + difference.changes.map { "~ \($0.string)" }
            let element = expected.contains(difference.aspect) ? "failure" : "system-out"
            let attributes =
                element == "failure" ? " message=\"\(difference.aspect.rawValue) differ from the recording\"" : ""
            text += "      <\(element)\(attributes)>\(Self.escaped(lines.joined(separator: "\n")))</\(element)>\n"
        }
        text += "    </testcase>\n"
    }

    /// Text in XML 1.0, which has no control characters but tab and line ends.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "&#10;"
            case "\t": escaped += "&#9;"
            case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
