internal import Inspection
internal import InspectionClient
internal import MagmaRuntime
internal import SessionModel

/// A rerun of a session that another process has: it goes on there, and its steps are passed on.
struct RerunRelay: Sendable {
    /// What the rerun began with, under the id that it has here.
    let result: RerunResult
    private let conversation: Conversation
    private let reader: Reader

    /// Starts it there.
    ///
    /// - Parameter id: what this process calls it.
    /// - Throws: `RPCError`, ``RuntimeError`` `owner_unreachable`.
    static func begin(
        _ params: RerunParams,
        as id: String,
        at address: String,
        for peer: InspectorState,
        _ owners: OwnerCalls
    ) async throws -> RerunRelay {
        let reader = Reader()
        let conversation = Conversation(id: id, address: address, peer: peer, owners: owners, lines: reader.lines)
        Task { await conversation.run(params) }
        var result = try await conversation.begun.value
        result.rerun = id
        return RerunRelay(result: result, conversation: conversation, reader: reader)
    }

    /// Passes the steps on until it ends, or is stopped.
    func run(_ lifetime: WatchLifetime, _ line: RedactingWriter) async -> RerunEnd {
        reader.take(line)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Also when the inspector has gone.
                await lifetime.closed()
                conversation.stop.close()
            }
            defer { group.cancelAll() }
            return await conversation.ended.value
        }
    }

    /// The line of the inspector, once it has been told that the rerun began.
    private final class Reader: Sendable {
        let lines: AsyncStream<RedactingWriter>
        private let end: AsyncStream<RedactingWriter>.Continuation

        init() { (lines, end) = AsyncStream.makeStream(of: RedactingWriter.self) }

        // It could not be told: nobody waits for steps.
        deinit { end.finish() }

        func take(_ line: RedactingWriter) { end.yield(line) }
    }
}

/// What is said with the process that carries the rerun out.
private struct Conversation: Sendable {
    let id: String
    let address: String
    let peer: InspectorState
    let owners: OwnerCalls
    let lines: AsyncStream<RedactingWriter>
    let begun = Promise<RerunResult, any Error>()
    let ended = Promise<RerunEnd, Never>()
    let stop = WatchLifetime()

    /// How long a stopped one may take to end.
    private static let patience = Duration.seconds(10)
    /// How often it is looked whether the process is still there: one that is frozen says nothing.
    private static let watch = Duration.seconds(1)

    func run(_ params: RerunParams) async {
        do {
            ended.finish(.success(try await owners.with(address, peer) { try await converse(params, $0) }))
        } catch {
            let lost = RPCError.failed(
                "owner_unreachable",
                "The node that reran the session went before it was done.",
                hint: "Start it again."
            )
            let isTold = error is RPCError || error is RuntimeError
            begun.finish(.failure(isTold ? error : lost))
            ended.finish(.success(RerunEnd(rerun: id, tally: RerunTally(), error: error as? RPCError ?? lost)))
        }
    }

    private func converse(_ params: RerunParams, _ client: InspectionClient) async throws -> RerunEnd {
        try await withThrowingTaskGroup(of: RerunEnd.self) { group in
            group.addTask {
                begun.finish(.success(try await client.call(Methods.rerun, params).result))
                return try await passOn(client)
            }
            group.addTask {
                await stop.closed()
                try Task.checkCancellation()
                var name = RerunName()
                name.rerun = try await begun.value.rerun
                // It may have come to its end at the same moment.
                _ = try? await client.call(Methods.stopRerun, name)
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
