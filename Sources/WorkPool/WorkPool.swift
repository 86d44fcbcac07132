internal import CThreads
internal import DequeModule
internal import Foundation
internal import Synchronization

/// Runs what may block or compute for long: the handlers of agents' authors. It has as many threads as there are cores, and
/// while work waits, a thread that has been at one piece of it for long is replaced, so that no handler holds up another.
///
/// It is a task executor (SE-0417): a task that prefers it runs here, and so do the actors that it calls and its child tasks.
/// Everything else of the process is on Swift's own executor, which never grows and where nothing may block. A `Task` that a
/// handler makes by itself is there too.
///
/// `@unchecked`, since its state is only touched while the monitor is held.
package final class WorkPool: TaskExecutor, @unchecked Sendable {  // Its state is touched only under the monitor.
    /// How long a thread may be at one piece of work before others are let past it, in nanoseconds.
    private static let patience: Int64 = 20_000_000
    /// How long it may compute before it goes behind all others.
    private static let lastPatience: Int64 = 500_000_000
    /// Threads that may be stuck at once; beyond that work waits for one of them.
    private static let maximumReplacements = 256
    /// How many jobs a thread runs of those that its own work asks for, before it looks at what others wait for.
    private static let run = 32

    private struct State {
        var jobs: Deque<Job> = []
        /// Threads that wait for work, and those of them that have been called.
        var idle = 0
        var called = 0
        /// Threads that have their place, without those that were replaced.
        var workers: [Worker] = []
        var stuck = 0
        /// Those of the stuck that have not gone behind all others.
        var suspects: [Worker] = []
    }

    /// The one of the process; its threads begin with its first use.
    package static let shared: WorkPool = {
        let threads = max(2, cores)
        // Threads come and go; each with memory of its own, much would lie idle. No more run at once than there are cores.
        ct_share_memory(Int32(threads))
        let pool = WorkPool()
        pool.start(threads)
        return pool
    }()

    /// Cores that this process may use. Foundation counts all of the machine, also where the process is bound to some of them.
    package static let cores = max(1, Int(ct_cores()))

    /// Whether the calling task prefers the pool already. That it runs on one of its threads does not tell: an actor runs what
    /// waits for it where it is.
    package static var isPreferred: Bool {
        withUnsafeCurrentTask { $0?.unownedTaskExecutor == shared.asUnownedTaskExecutor() }
    }

    private let monitor = Monitor()
    private var state = State()
    /// Whether the supervisor looks after the threads, since there is work.
    private let isWatched = Atomic(false)

    private init() {}

    /// Threads that have been at one piece of work for so long that others took their place.
    package var stuck: Int { locked { $0.stuck } }

    private func locked<Value>(_ body: (inout State) -> Value) -> Value {
        monitor.lock()
        defer { monitor.unlock() }
        return body(&state)
    }

    private func start(_ threads: Int) {
        locked { state in for _ in 0..<threads { add(to: &state) } }
        thread { self.supervise() }
    }

    private func thread(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread { body() }
        thread.stackSize = 8 << 20
        thread.name = "work"
        thread.start()
    }

    private func add(to state: inout State) {
        let worker = Worker()
        state.workers.append(worker)
        thread { self.work(as: worker) }
    }
}

// MARK: Taking work in

extension WorkPool {
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = Job(job)
        guard let worker = Worker.current else { return locked { hand(job, &$0) } }
        worker.keep(job) { job in locked { hand(job, &$0) } }
        if !isWatched.load(ordering: .sequentiallyConsistent) { locked { _ in watch() } }
    }

    /// Queues a job, and wakes a thread for it.
    private func hand(_ job: Job, _ state: inout State) {
        state.jobs.append(job)
        if state.idle > state.called {
            state.called += 1
            monitor.work.signal()
        } else {
            watch()
        }
    }

    private func watch() {
        if !isWatched.exchange(true, ordering: .sequentiallyConsistent) { monitor.supervisor.signal() }
    }
}

// MARK: Doing it

extension WorkPool {
    private func work(as worker: Worker) {
        worker.begin()
        defer { worker.end() }
        let executor = asUnownedTaskExecutor()
        while let job = next(for: worker) {
            worker.run(job, on: executor)
            var count = 1
            while count < Self.run, !worker.isReplaced.load(ordering: .relaxed), let job = worker.takeNext() {
                worker.run(job, on: executor)
                count += 1
            }
        }
    }

    /// Waits for a job; `nil` when the thread has lost its place.
    private func next(for worker: Worker) -> Job? {
        worker.isBusy.store(false, ordering: .relaxed)
        monitor.lock()
        defer { monitor.unlock() }
        if let own = worker.takeNext() { hand(own, &state) }
        if worker.isReplaced.load(ordering: .relaxed) {
            state.stuck -= 1
            return nil
        }
        // Nothing of the state may be held while this waits.
        while state.jobs.isEmpty {
            state.idle += 1
            monitor.wait(at: monitor.work)
            state.idle -= 1
            state.called = max(0, state.called - 1)
        }
        worker.isBusy.store(true, ordering: .relaxed)
        return state.jobs.removeFirst()
    }
}

// MARK: Supervising

extension WorkPool {
    /// Looks after the threads while work waits.
    private func supervise() {
        monitor.lock()
        var nextLook = Int64.max
        while true {
            let now = Monitor.now
            if !isWatched.load(ordering: .relaxed) {
                nextLook = .max
            } else if nextLook == .max {
                state.workers.forEach { $0.isSlow(computing: 0) }
                nextLook = now + Self.patience
            } else if nextLook <= now {
                look()
                nextLook = now + Self.patience
            }
            monitor.wait(at: monitor.supervisor, until: nextLook)
        }
    }

    /// Replaces the threads that still run what they ran at the last look.
    private func look() {
        let slow = state.workers.filter { $0.isSlow(computing: Self.patience / 2) }
        state.suspects.removeAll { $0.hasEnded || $0.stepBack(computing: Self.lastPatience) }
        if state.jobs.isEmpty {
            isWatched.store(false, ordering: .sequentiallyConsistent)
            // A thread looks whether it is watched after it has kept a job, so that one of the two sees the other.
            guard state.workers.contains(where: \.hasNext) else { return }
            isWatched.store(true, ordering: .sequentiallyConsistent)
        }
        for worker in slow where state.stuck < Self.maximumReplacements {
            if let kept = worker.leavePlace() { hand(kept, &state) }
            state.workers.removeAll { $0 === worker }
            state.stuck += 1
            state.suspects.append(worker)
            add(to: &state)
        }
    }
}
