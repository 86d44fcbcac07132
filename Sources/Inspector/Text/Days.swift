internal import Foundation

/// Tells when a new day begins in a row of moments.
struct Days {
    private var calendar = Calendar(identifier: .gregorian)
    /// The day of the moment before, in milliseconds since 1970; at first today, of which nothing needs to be said.
    private var current: Range<Int64>

    /// - Parameter today: milliseconds since 1970.
    init(zone: TimeZone, today: Int64) {
        calendar.timeZone = zone
        current = 0..<0
        current = day(of: today)
    }

    /// The date of a moment, such as `2026-11-25`, if it is of another day than the one before.
    mutating func next(_ moment: Int64) -> String? {
        guard !current.contains(moment) else { return nil }
        current = day(of: moment)
        let parts = calendar.dateComponents([.year, .month, .day], from: date(moment))
        func padded(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        return "\(parts.year ?? 0)-\(padded(parts.month))-\(padded(parts.day))"
    }

    private func day(of moment: Int64) -> Range<Int64> {
        let start = calendar.startOfDay(for: date(moment))
        let end = calendar.date(byAdding: .day, value: 1, to: start) ?? start.addingTimeInterval(86_400)
        let first = Int64(start.timeIntervalSince1970 * 1000)
        return first..<max(first + 1, Int64(end.timeIntervalSince1970 * 1000))
    }

    private func date(_ moment: Int64) -> Date { Date(timeIntervalSince1970: Double(moment) / 1000) }
}
