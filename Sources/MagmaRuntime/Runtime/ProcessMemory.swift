internal import Foundation

/// What this process takes of the machine's memory.
package enum ProcessMemory {
    /// Bytes resident, from `/proc/self/statm`; 0 where there is none.
    package static var resident: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Gives back to the system what is free (malloc_trim(3), which Swift's module of the C library leaves out).
    package static func trim() {
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
    }
}
