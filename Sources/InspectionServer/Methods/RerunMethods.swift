internal import Inspection
internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// Testing an agent on what really happened: `session.rerun`.
struct RerunMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.rerun, pace: .slow, run: RerunMethods.rerun),
        MethodHandler(Methods.stopRerun, run: RerunMethods.stopRerun),
    ]

    let shared: InspectionMethods

    func rerun(_ peer: InspectorState, _ params: RerunParams) async throws -> MethodAnswer<RerunResult> {
        let source = try shared.key(params)
        let author = shared.author(peer, Methods.rerun)
        let place = try shared.reruns.take()
        let (id, lifetime) = try peer.openRerun()
        do {
            if let owners = shared.owners, !peer.isForwarded, let address = try await runtime.address(of: source) {
                let relay = try await RerunRelay.begin(params, as: id, at: address, for: peer, owners)
                return MethodAnswer(relay.result) { line in
                    let end = await relay.run(lifetime, line)
                    place.giveBack()
                    peer.close(rerunning: id)
                    try await line.notify(.rerunEnd, end.json)
                }
            }
            let rerun = try await Rerun(of: source, RerunOptions(params), in: runtime, by: author)
            let events = rerun.start...max(rerun.start, rerun.end)
            let result = RerunResult(rerun: id, fork: rerun.fork, events: events)
            return MethodAnswer(result) { [bounds, redaction] line in
                let end = try await carryOut(rerun, id, lifetime, line, bounds, redaction)
                // Before its end is known: another one may be asked for at once.
                place.giveBack()
                peer.close(rerunning: id)
                try await line.notify(.rerunEnd, end.json)
            }
        } catch {
            peer.close(rerunning: id)
            throw error
        }
    }

    private func carryOut(
        _ rerun: Rerun,
        _ id: String,
        _ lifetime: WatchLifetime,
        _ line: RedactingWriter,
        _ bounds: AnswerBounds,
        _ redaction: Redaction
    ) async throws -> RerunEnd {
        let progress = Progress()
        var failure: RPCError?
        do {
            try await lifetime.run {
                try await rerun.run { step in
                    progress.tally.withLock { $0.count(step) }
                    let document = step.document(bounds, redaction, in: rerun.fork)
                    let told = RerunStepNotice(rerun: id, document: document).json
                    try await withPatience(WorkSlots.patience) { try await line.notify(.rerunStep, told) }
                }
                progress.isWhole.store(true, ordering: .relaxed)
            }
        } catch let error as RuntimeError {
            failure = RPCError(error)
        } catch let error as RPCError { failure = error }
        if failure == nil, !progress.isWhole.load(ordering: .relaxed) {
            failure = .failed("rerun_stopped", "The rerun was stopped.", hint: "Start it again.")
        }
        return RerunEnd(rerun: id, tally: progress.tally.withLock { $0 }, error: failure)
    }

    func stopRerun(_ peer: InspectorState, _ params: RerunName) async throws -> MethodAnswer<Done> {
        guard peer.close(rerunning: params.rerun) else { throw InspectorState.unknown("rerun", params.rerun) }
        return MethodAnswer(Done())
    }

    /// How far a rerun is.
    private final class Progress: Sendable {
        let tally = Mutex(RerunTally())
        let isWhole = Atomic(false)
    }
}

extension RerunOptions {
    init(_ params: RerunParams) {
        self.init()
        (from, end, agent, id) = (params.from, params.end, params.other, params.id)
        (provider, model) = (params.provider, params.model)
        (includesTicks, keepsHooksDry, usesRecordedTools) = (params.ticks, params.dryHooks, params.recordedTools)
    }
}

extension RerunStep {
    /// Bytes of one text of a step, or of the arguments of one call; and of all calls of one side, about, and how many are told.
    private static let (longest, mostBytes, mostCalls) = (32 << 10, 1 << 20, 200)

    /// The step as inspectors get it. Calls that are too many are left out; then secrets are taken out, and then what is left
    /// is cut.
    func document(_ bounds: AnswerBounds, _ redaction: Redaction, in fork: SessionKey) -> JSON {
        var few = self
        few.recorded.tools = Self.first(recorded.tools)
        few.rerun?.tools = Self.first(rerun?.tools ?? [])
        few.unrecordedCalls = Self.first(unrecordedCalls)
        few.stateChanges = JSONPatch()
        guard case .object(var members) = few.json else { return json }
        let leftOut =
            recorded.tools.count - few.recorded.tools.count
            + (rerun?.tools.count ?? 0) - (few.rerun?.tools.count ?? 0)
        if leftOut > 0 { members["leftOut"] = .int(leftOut) }
        members["state"] = bounds.bounded(diff: stateChanges, of: fork, at: rerun?.seq ?? 0)
        guard JSON.object(members).takes(moreThan: AnswerBounds.largest),
            case .object(var cleaned) = redaction.redacted(.object(members))
        else { return .object(members) }
        for name in ["text", "note"] { cleaned[name] = cleaned[name].map(Self.short) }
        cleaned["unrecorded"] = cleaned["unrecorded"].map(Self.shortCalls)
        for side in ["recorded", "rerun"] {
            guard var outcome = cleaned[side]?.object else { continue }
            for name in ["reply", "body", "error"] { outcome[name] = outcome[name].map(Self.short) }
            outcome["tools"] = outcome["tools"].map(Self.shortCalls)
            cleaned[side] = .object(outcome)
        }
        return .object(cleaned)
    }

    private static func first(_ calls: [ToolCall]) -> [ToolCall] {
        var bytes = 0
        return Array(
            calls.prefix(mostCalls).prefix { call in
                defer { bytes += call.arguments.size }
                return bytes < mostBytes
            }
        )
    }

    private static func short(_ json: JSON) -> JSON {
        guard json.takes(moreThan: longest) else { return json }
        let text = json.string ?? json.text
        return .string("\(text.prefix(bytes: longest))… ‹\(text.utf8.count) bytes›")
    }

    private static func shortCalls(_ calls: JSON) -> JSON {
        .array(
            (calls.array ?? []).map { call in
                var call = call.object ?? [:]
                call["fn_args"] = call["fn_args"].map(short)
                return .object(call)
            }
        )
    }
}
