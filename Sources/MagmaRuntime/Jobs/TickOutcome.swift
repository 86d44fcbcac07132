internal import Magma
internal import SessionModel

/// How a job's run came out.
struct TickOutcome: Sendable {
    var status = TickStatus.ok
    var error: String?

    /// Turns whatever a job came to into a tick's status.
    ///
    /// - Parameter limit: milliseconds that it had.
    init(limit: Int64, _ run: () async throws -> Void) async {
        do { try await run() } catch let exceeded as TimeLimitExceeded {
            status = .timeout
            error = exceeded.words(limit: limit)
        } catch {
            status = .failed
            self.error = "\(error)"
        }
    }

    /// What the job changed was taken back: it has failed.
    mutating func fail(because refusal: RuntimeError) {
        if status == .ok { (status, error) = (.failed, refusal.message) }
    }
}
