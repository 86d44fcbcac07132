internal import Magma
internal import SessionModel
internal import Synchronization

/// What a turn that repeats a recorded one does otherwise than the agent says.
struct TurnConditions: Sendable {
    /// Answers instead of the agent's model; the model that the agent names is left out then.
    var provider: (any Provider)?
    var model: String?
    /// Answers the calls of tools; none is run then.
    var tools: RecordedTools?

    /// Applies what is said of the model.
    func apply(to settings: inout TurnSettings) {
        if let provider {
            settings.provider = provider
            settings.model = nil
        }
        if let model { settings.model = model }
    }
}

/// Results of tools as a turn has recorded them, each for one call of the same name and arguments.
final class RecordedTools: Sendable {
    private let state: Mutex<(left: [RecordedStep.Call], unrecorded: [ToolCall], problem: String?)>

    init(_ calls: [RecordedStep.Call]) { state = Mutex((calls, [], nil)) }

    /// The recording of a call, which is used up with that; `nil` when there is none.
    func take(_ call: ToolCall) -> RecordedStep.Call? {
        state.withLock { state in
            let index = state.left.firstIndex {
                $0.result != nil && $0.call.name.isExactly(call.name) && $0.call.arguments == call.arguments
            }
            guard let index else {
                state.unrecorded.append(call)
                return nil
            }
            return state.left.remove(at: index)
        }
    }

    /// Why the state is not changed as it was then, for the last call of which that is so.
    var problem: String? { state.withLock { $0.problem } }

    func note(_ problem: String) { state.withLock { $0.problem = problem } }

    /// Calls that had no recording.
    var unrecorded: [ToolCall] { state.withLock { $0.unrecorded } }
}

extension Session {
    /// Answers a call of a tool from a recording: the state changes as it did then.
    func repeated(_ call: ToolCall, from tools: RecordedTools, cause: Int, turn: String) async -> ToolResult {
        guard let recorded = tools.take(call), var result = recorded.result else {
            let words = "There is no recording of this call of '\(call.name)', and tools do not run in this rerun."
            return ToolResult(id: call.id, name: call.name, result: .string(words), isError: true)
        }
        do {
            try await repeatChanges(recorded.changes, cause: cause, turn: turn)
        } catch {
            let problem = "What the recorded call of '\(call.name)' changed does not fit the state: \(error)"
            tools.note(problem)
            log("warning", problem)
        }
        result.id = call.id
        return result
    }

    /// Changes the agent's state as it was changed once.
    private func repeatChanges(_ changes: [JSONPatch], cause: Int, turn: String) async throws {
        let steps = changes.flatMap(\.steps)
        guard !steps.isEmpty else { return }
        let state = try fold.state.applying(JSONPatch(steps))
        let fields = Set(steps.compactMap { $0.path.pieces.first.map { ExactString($0) } })
        var changed = JSON.Object()
        for (name, value) in state.object ?? [:] where fields.contains(ExactString(name)) { changed[name] = value }
        try await agent.writeState(changed)
        await captureState(cause: cause, turn: turn)
    }
}
