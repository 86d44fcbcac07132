internal import Dispatch

/// Runs what computes for long on a thread of its own: the pool of all tests has one for each core, and others wait for it.
package func onOwnThread<Value>(_ body: () async throws -> Value) async rethrows -> Value {
    try await withTaskExecutorPreference(OwnThread(), operation: body)
}

private final class OwnThread: TaskExecutor {
    private let queue = DispatchQueue(label: "a test's own")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
