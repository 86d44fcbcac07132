internal import Magma
internal import SessionModel

/// Thrown for JSON of an agent's, a tool's or a provider's that could not be read back from where it is stored.
struct NestedTooDeep: Error, CustomStringConvertible {
    let what: String
    var description: String { "\(what) is nested deeper than \(JSON.maximumDepth) values." }
}

extension JSON {
    /// This value, if it is not nested too deep.
    ///
    /// - Parameter what: what it is, for the error's sentence.
    func shallow(_ what: @autoclosure () -> String) throws(NestedTooDeep) -> JSON {
        if depth > Self.maximumDepth { throw NestedTooDeep(what: what()) }
        return self
    }
}

extension Message {
    func checkNesting() throws(NestedTooDeep) {
        for block in blocks {
            switch block {
            case .toolCall(let call): _ = try call.arguments.shallow("What '\(call.name)' is called with")
            case .toolResult(let result): _ = try result.result.shallow("The result of the tool '\(result.name)'")
            default: break
            }
        }
    }
}

extension HookResponse {
    func checkNesting() throws(NestedTooDeep) {
        if case .json(let value) = body { _ = try value.shallow("The hook's answer") }
    }
}
