internal import MagmaRuntime

/// Gathers what is asked for while a request is under way, and asks for all of it with the next one: one commit for many.
actor Gathering<Item: Hashable & Sendable, Value: Sendable> {
    /// Asks for items, no two of which are the same; those that it does not answer get `nil`.
    typealias Request = @Sendable ([Item]) async throws -> [Item: Value]

    private var waiting: [(item: Item, promise: Promise<Value?, any Error>)] = []
    private var isAsking = false
    /// Items of one request.
    private let most: Int

    init(of most: Int = 256) { self.most = most }

    /// How many wait for the next request.
    var count: Int { waiting.count }

    /// - Parameter request: of the first who asks is taken for all of a request.
    func ask(for item: Item, _ request: @escaping Request) async throws -> Value? {
        let promise = Promise<Value?, any Error>()
        waiting.append((item, promise))
        if !isAsking {
            isAsking = true
            // The one who asked first may give up, and the others must not.
            Task { await askForAll(request) }
        }
        return try await promise.value
    }

    private func askForAll(_ request: Request) async {
        while !waiting.isEmpty {
            var batch: [Item: Promise<Value?, any Error>] = [:]
            var rest: [(item: Item, promise: Promise<Value?, any Error>)] = []
            for (item, promise) in waiting {
                // The same again is another request: of two claims of a session the second ends the first one's epoch.
                if batch.count < most, batch[item] == nil {
                    batch[item] = promise
                } else {
                    rest.append((item, promise))
                }
            }
            waiting = rest
            do {
                let values = try await request(Array(batch.keys))
                for (item, promise) in batch { promise.finish(.success(values[item])) }
            } catch { for promise in batch.values { promise.finish(.failure(error)) } }
        }
        isAsking = false
    }
}
