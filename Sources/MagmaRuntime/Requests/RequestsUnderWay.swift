internal import Synchronization

/// Lets one of several that ask for the same do it; the others wait in line.
final class RequestsUnderWay: Sendable {
    private let lines = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

    /// Returns when nobody else is in there.
    func enter(_ id: String) async {
        await withCheckedContinuation { continuation in
            let isFree = lines.withLock { lines in
                guard lines[id] != nil else {
                    lines[id] = []
                    return true
                }
                lines[id]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func leave(_ id: String) {
        let next = lines.withLock { lines -> CheckedContinuation<Void, Never>? in
            guard let line = lines[id], !line.isEmpty else {
                lines[id] = nil
                return nil
            }
            return lines[id]?.removeFirst()
        }
        next?.resume()
    }
}
