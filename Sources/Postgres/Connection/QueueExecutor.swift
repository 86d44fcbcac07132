package import Dispatch

/// A serial dispatch queue as an actor's executor: what the queue's sources call then runs on the actor.
package final class QueueExecutor: SerialExecutor {
    package let queue: DispatchQueue

    package init(_ name: String) { queue = DispatchQueue(label: name) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    package func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
