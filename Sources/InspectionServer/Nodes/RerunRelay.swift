internal import Inspection
internal import InspectionClient
internal import MagmaRuntime
internal import SessionModel

/// A rerun of a session that another process has: it goes on there, and its steps are passed on.
struct RerunRelay: Sendable {
    /// What this process calls it.
    let id: String
    let address: String
    let peer: InspectorState
    let owners: OwnerCalls
    private let begun = Promise<RerunResult, any Error>()
    private let ended = Promise<RerunEnd, Never>()
    /// The inspector's line, once it has its answer; none where that could not be sent.
    private let lines: AsyncStream<RedactingWriter>
    private let line: AsyncStream<RedactingWriter>.Continuation
    private let stop = WatchLifetime()

    init(id: String, address: String, peer: InspectorState, owners: OwnerCalls) {
        self.id = id
        self.address = address
        self.peer = peer
        self.owners = owners
        (lines, line) = AsyncStream.makeStream(of: RedactingWriter.self)
    }

    /// How long a stopped one may take to end.
    private static let patience = Duration.seconds(10)
    /// How often it is looked whether the process is still there: one that is frozen says nothing.
    private static let watch = Duration.seconds(1)

    /// Starts it there.
    ///
    /// - Throws: `RPCError`, ``RuntimeError`` `owner_unreachable`.
    func begin(_ params: RerunParams) async throws -> RerunResult {
        Task {
            do {
                ended.finish(.success(try await owners.with(address, peer) { try await converse(params, $0) }))
            } catch {
                let lost = RPCError.failed(
                    "owner_unreachable",
                    "The node that reran the session went before it was done.",
                    hint: "Start it again."
                )
                begun.finish(.failure(error is InspectionClient.Lost ? lost : error))
                ended.finish(.success(RerunEnd(rerun: id, tally: RerunTally(), error: error as? RPCError ?? lost)))
            }
        }
        var result = try await begun.value
        result.rerun = id
        return result
    }

    /// Passes the steps on until it ends, or is stopped.
    func run(_ lifetime: WatchLifetime, _ writer: RedactingWriter) async throws -> RerunEnd {
        line.yield(writer)
        line.finish()
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Also when the inspector has gone.
                await lifetime.closed()
                stop.close()
            }
            defer { group.cancelAll() }
            return await ended.value
        }
    }

    private func converse(_ params: RerunParams, _ client: InspectionClient) async throws -> RerunEnd {
        let theirs = try await client.call(Methods.rerun, params).result
        begun.finish(.success(theirs))
        return try await withThrowingTaskGroup(of: RerunEnd.self) { group in
            group.addTask { try await passOn(client) }
            group.addTask {
                await stop.closed()
                try Task.checkCancellation()
                var name = RerunName()
                name.rerun = theirs.rerun
                _ = try await client.call(Methods.stopRerun, name)
                try await Task.sleep(for: Self.patience)
                throw InspectionClient.Lost(reason: "it does not stop")
            }
            group.addTask {
                let contact = try await owners.access.contact(at: address)
                while await !owners.access.isGone(contact) { try await Task.sleep(for: Self.watch) }
                throw InspectionClient.Lost(reason: "it is gone")
            }
            defer { group.cancelAll() }
            guard let end = try await group.next() else { throw CancellationError() }
            return end
        }
    }

    private func passOn(_ client: InspectionClient) async throws -> RerunEnd {
        for await line in lines {
            while true {
                let (method, told) = try await client.notification()
                guard var params = told.object else { continue }
                params["rerun"] = .string(id)
                switch method {
                case .rerunStep:
                    try await withPatience(WorkSlots.patience) { [params] in
                        try await line.pass(method, .object(params))
                    }
                case .rerunEnd:
                    guard let end = RerunEnd(json: .object(params)) else { continue }
                    return end
                default: break
                }
            }
        }
        throw InspectionClient.Lost(reason: "nobody reads it")
    }
}
