/// When a job runs: five fields (minute, hour, day of month, month, day of week), or six with seconds first.
///
/// The fields hold numbers, English names of months and days, lists, ranges and steps; `L` is the last day of
/// the month, `5L` its last Friday, and 7 is Sunday like 0. When both day fields are restricted, that is, neither is
/// `*`, a day that matches either of them counts, as POSIX specifies.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    let second: CronField
    let minute: CronField
    let hour: CronField
    let dayOfMonth: CronField
    let month: CronField
    let dayOfWeek: CronField

    /// The text it was read from, with single spaces.
    public let description: String

    /// - Throws: ``CronError`` that names the field and what is wrong with it.
    public init(_ text: String) throws(CronError) {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count == 5 || fields.count == 6 else {
            throw CronError(text: text, problem: "has \(fields.count) fields; it needs 5, or 6 with seconds first")
        }
        let timed = fields.suffix(5)
        let at = timed.startIndex
        second = fields.count == 6 ? try CronField(parsing: fields[0], as: .second) : CronField(bits: 1)
        minute = try CronField(parsing: timed[at], as: .minute)
        hour = try CronField(parsing: timed[at + 1], as: .hour)
        dayOfMonth = try CronField(parsing: timed[at + 2], as: .dayOfMonth)
        month = try CronField(parsing: timed[at + 3], as: .month)
        dayOfWeek = try CronField(parsing: timed[at + 4], as: .dayOfWeek)
        description = fields.joined(separator: " ")
        guard hasPossibleDay else {
            throw CronError(
                field: .dayOfMonth,
                text: String(timed[at + 2]),
                problem: "names a day that no month of '\(timed[at + 3])' has, so it would never run"
            )
        }
    }

    private var hasPossibleDay: Bool {
        if !dayOfWeek.isStar || dayOfMonth.lastDay { return true }
        let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return month.values.contains { month in dayOfMonth.first(from: 1).map { $0 <= longest[month - 1] } ?? false }
    }

    /// Whether it means a steady pace, and not certain times of a day.
    var isWildcard: Bool { minute.isWildcard || hour.isWildcard }

    /// Whether the day fits: day of month and day of week, either of them when both are restricted.
    func matchesDay(_ date: CivilDate) -> Bool {
        let byMonth = dayOfMonth.contains(date.day) || (dayOfMonth.lastDay && date.day == date.daysInMonth)
        let byWeek =
            dayOfWeek.contains(date.weekday)
            || (dayOfWeek.lastWeekdays & (1 << UInt64(date.weekday)) != 0 && date.day + 7 > date.daysInMonth)
        if dayOfMonth.isStar { return byWeek }
        if dayOfWeek.isStar { return byMonth }
        return byMonth || byWeek
    }
}
