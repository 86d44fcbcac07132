internal import CThreads
internal import Synchronization

/// A piece of a task, up to where it next waits.
typealias Job = UnownedJob

extension Job {
    /// The job as a number, for atomics; a job is one pointer.
    fileprivate var bits: UInt { unsafeBitCast(self, to: UInt.self) }

    fileprivate init?(bits: UInt) {
        guard bits != 0 else { return nil }
        self = unsafeBitCast(bits, to: Job.self)
    }
}

/// A thread of the pool.
final class Worker: Sendable {
    let isBusy = Atomic(false)
    /// Another has its place; it ends after its job.
    let isReplaced = Atomic(false)
    /// What its own work has asked for last, which it runs next unless it is taken from it.
    private let next = Atomic<UInt>(0)
    private let begun = Atomic(0)
    /// What it was at when it was last looked at, and what its thread had computed when that was first seen.
    private let seen = Atomic(0)
    private let computed = Atomic<Int64>(0)
    private let thread = Atomic<Int32>(0)
    private let isOver = Atomic(false)

    /// Whether the calling thread is one of the pool's.
    static var isCurrent: Bool { current != nil }

    /// That of the calling thread.
    static var current: Worker? { ct_worker().map { Unmanaged<Worker>.fromOpaque($0).takeUnretainedValue() } }

    /// Makes it the calling thread's.
    func begin() {
        ct_set_worker(Unmanaged.passRetained(self).toOpaque())
        thread.store(ct_thread(), ordering: .relaxed)
    }

    var hasEnded: Bool { isOver.load(ordering: .relaxed) }

    /// The calling thread ends.
    func end() {
        isOver.store(true, ordering: .relaxed)
        ct_set_worker(nil)
        Unmanaged.passUnretained(self).release()
    }

    func run(_ job: Job, on executor: UnownedTaskExecutor) {
        begun.store(begun.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        job.runSynchronously(on: executor)
    }

    /// Keeps a job that its own work asks for, to run it next; what it kept before, and all once another has its
    /// place, goes to `others`.
    func keep(_ job: Job, others: (Job) -> Void) {
        guard !isReplaced.load(ordering: .relaxed) else { return others(job) }
        let older = next.exchange(job.bits, ordering: .sequentiallyConsistent)
        if let older = Job(bits: older) { others(older) }
        // The supervisor marks first and takes then, so that one of the two sees the job.
        if isReplaced.load(ordering: .sequentiallyConsistent), let job = takeNext() { others(job) }
    }

    var hasNext: Bool { next.load(ordering: .sequentiallyConsistent) != 0 }

    func takeNext() -> Job? {
        guard next.load(ordering: .relaxed) != 0 else { return nil }
        return Job(bits: next.exchange(0, ordering: .sequentiallyConsistent))
    }

    /// Whether it is still at the job of the last call, and not only since it was given no core: it has computed for that
    /// long, or is blocked.
    @discardableResult
    func isSlow(computing nanoseconds: Int64) -> Bool {
        let (thread, begun) = (thread.load(ordering: .relaxed), begun.load(ordering: .relaxed))
        guard isBusy.load(ordering: .relaxed) else { return false }
        guard seen.exchange(begun, ordering: .relaxed) == begun else {
            computed.store(ct_computed(thread), ordering: .relaxed)
            return false
        }
        return ct_computed(thread) - computed.load(ordering: .relaxed) >= nanoseconds || ct_is_blocked(thread) != 0
    }

    /// Gives its place up.
    ///
    /// - Returns: the job that it kept.
    func leavePlace() -> Job? {
        isReplaced.store(true, ordering: .sequentiallyConsistent)
        return takeNext()
    }

    /// Lets all other threads go first from now on, if it has computed for that long at one job: such a one is likely
    /// never to end.
    ///
    /// - Returns: whether it has.
    func stepBack(computing nanoseconds: Int64) -> Bool {
        let thread = thread.load(ordering: .relaxed)
        guard ct_computed(thread) - computed.load(ordering: .relaxed) >= nanoseconds else { return false }
        ct_step_back(thread)
        return true
    }
}
