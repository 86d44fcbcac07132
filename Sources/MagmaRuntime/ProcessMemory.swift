internal import Foundation

/// What this process takes of the machine's memory.
package enum ProcessMemory {
    /// Bytes resident, from `/proc/self/statm`; 0 where there is none.
    package static var resident: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
