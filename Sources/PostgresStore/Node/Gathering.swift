internal import MagmaRuntime

/// Gathers what is asked for while a request is under way, and asks for all of it with the next one: one commit for many.
actor Gathering<Item: Hashable & Sendable, Value: Sendable> {
    /// Asks for items, no two of which are the same; those that it does not answer get `nil`.
    typealias Request = @Sendable ([Item]) async throws -> [Item: Value]

    private var waiting: [(item: Item, promise: Promise<Value?, any Error>)] = []
    private var isAsking = false
    /// Items of one request.
    private let most: Int
    private let isShared: Bool

    /// - Parameter isShared: whether all who wait for the same get one answer, as those who only read may. Of two claims of a
    ///   session the second ends the first one's epoch, so that they are two requests.
    init(of most: Int = 256, isShared: Bool = false) {
        self.most = most
        self.isShared = isShared
    }

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
            var batch: [Item: [Promise<Value?, any Error>]] = [:]
            var rest: [(item: Item, promise: Promise<Value?, any Error>)] = []
            for (item, promise) in waiting {
                if batch[item].map({ _ in isShared }) ?? (batch.count < most) {
                    batch[item, default: []].append(promise)
                } else {
                    rest.append((item, promise))
                }
            }
            waiting = rest
            do {
                let values = try await request(Array(batch.keys))
                for (item, promises) in batch { promises.forEach { $0.finish(.success(values[item])) } }
            } catch { for promise in batch.values.joined() { promise.finish(.failure(error)) } }
        }
        isAsking = false
    }
}
