internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A lock with places to wait at: threads leave it while they wait, and have it again when they go on (a monitor, as by
/// Hoare, with POSIX's signals that may be spurious).
final class Monitor: Sendable {
    /// Where threads wait for something of the locked state.
    struct Place: @unchecked Sendable {  // POSIX's own object, for any thread; never freed, as the pool never is.
        fileprivate let condition: UnsafeMutablePointer<pthread_cond_t>

        fileprivate init() {
            condition = .allocate(capacity: 1)
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        }

        func signal() { pthread_cond_signal(condition) }
    }

    let work = Place()
    let supervisor = Place()
    // POSIX's own object, which any thread may use; it is never freed, as the pool never is.
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    func lock() { pthread_mutex_lock(mutex) }
    func unlock() { pthread_mutex_unlock(mutex) }

    /// Waits there until signalled, or that moment of ``now``.
    func wait(at place: Place, until moment: Int64? = nil) {
        guard let moment else { return _ = pthread_cond_wait(place.condition, mutex) }
        var time = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
        pthread_cond_timedwait(place.condition, mutex, &time)
    }

    /// Nanoseconds of the clock that waiting goes by.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
