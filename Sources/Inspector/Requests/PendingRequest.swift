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
    }

    let topic: Topic?
    let since: Int64
    /// What is said of it when it takes long; `nil` for what the person did not ask for.
    let waiting: String?
    fileprivate let handler: @Sendable (inout InspectorModel, Result<JSON, RPCError>) -> [Effect]
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
    mutating func request(
        _ method: Method,
        _ params: JSON,
        about topic: PendingRequest.Topic? = nil,
        waiting: String? = nil,
        refused: @escaping Handler<RPCError> = { $0.say($1) },
        answered: @escaping Handler<JSON>
    ) -> Effect {
        requests += 1
        pending[requests] = PendingRequest(topic: topic, since: now, waiting: waiting) { model, result in
            switch result {
            case .success(let json): answered(&model, json)
            case .failure(let error): refused(&model, error)
            }
        }
        return .request(id: requests, method: method.name, params: params)
    }

    /// Asks for something that the person wants done, and says so when it is.
    mutating func act(_ method: Method, _ params: JSON, waiting: String, done: String) -> Effect {
        request(method, params, waiting: waiting) { model, _ in
            model.notices.say(.done, done, at: model.now)
            return model.actions.tabs.flatMap { $0.refresh(&model) }
        }
    }

    /// Takes the answer to a request; one that nobody waits for any more is nothing.
    mutating func answer(_ id: Int, _ result: Result<JSON, RPCError>) -> [Effect] {
        pending.removeValue(forKey: id).map { $0.handler(&self, result) } ?? []
    }

    func isPending(_ topic: PendingRequest.Topic) -> Bool { pending.values.contains { $0.topic == topic } }

    /// For answers that bring nothing, and refusals of what the person did not ask for.
    static func ignore<Value>(_ model: inout InspectorModel, _ value: Value) -> [Effect] { [] }

    /// Says why something was not done.
    mutating func say(_ error: RPCError) -> [Effect] {
        let isRefusal = error.number == RPCError.forbidden("", needs: .admin).number
        notices.say(isRefusal ? .refused : .failed, error.description, at: now)
        return []
    }
}
