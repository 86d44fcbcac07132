internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// One session's rerun, as far as it is.
struct RerunOfSession {
    let source: SessionKey
    var fork: SessionKey?
    var documents: [JSON] = []
    var steps: [RerunStep] = []
    var tally = RerunTally()
    /// Why it could not be begun, or not be ended.
    var error: RPCError?
}

/// Has a runtime rerun sessions, a few at the same time.
struct Reruns {
    private let client: InspectionClient
    private let concurrency: Int
    private let begin: () throws -> Void
    private let tell: (RerunOfSession, JSON) throws -> Void

    /// - Parameters:
    ///   - begin: is called when the first of them is under way.
    ///   - tell: is given each step when it is done.
    init(
        _ client: InspectionClient,
        concurrency: Int,
        begin: @escaping () throws -> Void,
        tell: @escaping (RerunOfSession, JSON) throws -> Void
    ) {
        self.client = client
        self.concurrency = concurrency
        self.begin = begin
        self.tell = tell
    }

    /// A step with the parts of its state in their places, as far as the runtime still has them.
    private func whole(_ document: JSON) async throws -> JSON {
        do { return try await client.whole(document) } catch is RPCError { return document }
    }

    /// - Returns: them in the order in which they were asked for.
    func run(_ all: [RerunParams]) async throws -> [RerunOfSession] {
        var done = all.map { RerunOfSession(source: SessionKey(agent: $0.agent, session: $0.session)) }
        var waiting = Array(all.indices)[...]
        var running: [String: Int] = [:]
        var hasBegun = false
        var progress = Progress("Rerunning", of: all.count == 1 ? "\(all[0].session)" : "\(all.count) sessions")
        defer { progress.end() }
        while true {
            while running.count < concurrency, let next = waiting.popFirst() {
                do {
                    let begun = try await client.call(Methods.rerun, all[next]).result
                    done[next].fork = begun.fork
                    running[begun.rerun] = next
                    if !hasBegun { try begin() }
                    hasBegun = true
                } catch let error as RPCError where error.isOfFullRuntime && !running.isEmpty {
                    // It is tried again when one of them has ended.
                    waiting = [next] + waiting
                    break
                } catch let error as RPCError {
                    // One that cannot be rerun does not stop the others.
                    if all.count == 1 { throw error }
                    done[next].error = error
                }
            }
            guard !running.isEmpty else { return done }
            let told = try await client.notification()
            switch told.method {
            case .rerunStep:
                guard let told = RerunStepNotice(json: told.params), let index = running[told.rerun] else { continue }
                let document = try await whole(told.document)
                done[index].documents.append(document)
                if let step = RerunStep(json: document) { done[index].steps.append(step) }
                try tell(done[index], document)
                progress.show(done.reduce(0) { $0 + $1.documents.count }, of: nil)
            case .rerunEnd:
                guard let end = RerunEnd(json: told.params), let index = running.removeValue(forKey: end.rerun) else {
                    continue
                }
                (done[index].tally, done[index].error) = (end.tally, end.error)
            default: continue
            }
        }
    }
}

extension RPCError {
    /// Whether as many reruns as there may be are under way.
    fileprivate var isOfFullRuntime: Bool { ["reruns_full", "too_many_open"].contains(code) }
}
