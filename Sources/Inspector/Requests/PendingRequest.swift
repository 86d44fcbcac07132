internal import Inspection
internal import SessionModel

/// A request that is not answered yet, with what is done once it is.
struct PendingRequest: Sendable {
    /// What a request is about, where others of its kind must wait for it.
    enum Topic: Sendable, Hashable {
        case stats
        /// Another window of the list.
        case window
        case attaching(SessionKey)
        /// Messages and turns before those that are known.
        case olderEvents
        /// Events that something on the screen is about.
        case neededEvents
        /// The session as it was at a moment.
        case moment(SessionKey)
        case eventsAround(SessionKey)
        /// Where the lab's request would go.
        case route
        /// Texts in all sessions.
        case search
    }

    let topic: Topic?
    let since: Int64
    /// What is said of it when it takes long; `nil` for what the person did not ask for.
    let waiting: String?
    fileprivate let handler: @Sendable (inout InspectorModel, Result<JSON, RPCError>) -> [Effect]
}

/// The requests that have no answer yet.
struct OpenRequests: Sendable {
    var pending: [Int: PendingRequest] = [:]
    /// How many have been sent.
    var sent = 0
}

extension InspectorModel {
    typealias Handler<Value> = @Sendable (inout InspectorModel, Value) -> [Effect]

    /// Asks the runtime for something.
    ///
    /// - Parameters:
    ///   - topic: what ``isPending(_:)`` finds it by.
    ///   - waiting: what the footer says while it takes long.
    ///   - refused: takes the error; by default it is said.
    ///   - answered: takes the result.
    mutating func request<Params, Result>(
        _ method: Method<Params, Result>,
        _ params: Params,
        about topic: PendingRequest.Topic? = nil,
        waiting: String? = nil,
        refused: @escaping Handler<RPCError> = { $0.say($1) },
        answered: @escaping Handler<Result>
    ) -> Effect {
        send(method, params, about: topic, waiting: waiting) { model, answer in
            switch answer.flatMap({ Result(json: $0).map(Swift.Result.success) ?? .failure(.unreadable(method.name)) })
            {
            case .success(let result): answered(&model, result)
            case .failure(let error): refused(&model, error)
            }
        }
    }

    /// Sends a request whose answer has no content.
    mutating func request<Params, Result>(
        _ method: Method<Params, Result>,
        _ params: Params,
        waiting: String? = nil,
        refused: @escaping Handler<RPCError> = { $0.say($1) },
        done: @escaping @Sendable (inout InspectorModel) -> [Effect]
    ) -> Effect {
        send(method, params, about: nil, waiting: waiting) { model, answer in
            switch answer {
            case .success: done(&model)
            case .failure(let error): refused(&model, error)
            }
        }
    }

    private mutating func send<Params, Result>(
        _ method: Method<Params, Result>,
        _ params: Params,
        about topic: PendingRequest.Topic?,
        waiting: String?,
        handler: @escaping Handler<Swift.Result<JSON, RPCError>>
    ) -> Effect {
        requests.sent += 1
        requests.pending[requests.sent] = PendingRequest(topic: topic, since: now, waiting: waiting, handler: handler)
        return .request(id: requests.sent, method: method.name, params: params.json)
    }

    /// Asks for something that the person wants done, and says so when it is.
    mutating func act<Params, Result>(
        _ method: Method<Params, Result>,
        _ params: Params,
        waiting: String,
        done: String
    ) -> Effect {
        request(
            method,
            params,
            waiting: waiting,
            done: { model in
                model.notices.say(.done, done, at: model.now)
                return model.actions.tabs.flatMap { $0.refresh(&model) }
            }
        )
    }

    /// Closes something that is open on the connection.
    mutating func close<Params, Result>(_ method: Method<Params, Result>, _ params: Params) -> Effect {
        request(method, params, refused: Self.ignore, done: { _ in [] })
    }

    /// Takes the answer to a request; one that nobody waits for any more is nothing.
    mutating func answer(_ id: Int, _ result: Result<JSON, RPCError>) -> [Effect] {
        requests.pending.removeValue(forKey: id).map { $0.handler(&self, result) } ?? []
    }

    func isPending(_ topic: PendingRequest.Topic) -> Bool { requests.pending.values.contains { $0.topic == topic } }

    /// For answers without content, and for errors of requests that the person did not start.
    static func ignore<Value>(_ model: inout InspectorModel, _ value: Value) -> [Effect] { [] }

    /// Says why something was not done.
    mutating func say(_ error: RPCError) -> [Effect] {
        let isRefusal = error.number == RPCError.forbidden("", needs: .admin).number
        notices.say(isRefusal ? .refused : .failed, error.description, at: now)
        return []
    }
}

extension RPCError {
    /// The error for an answer that does not fit the method.
    static func unreadable(_ method: String) -> RPCError {
        .failed(
            "unreadable",
            "The runtime's answer to \(method) cannot be read; it may speak another version of the protocol."
        )
    }
}
