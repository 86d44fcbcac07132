extension CronExpression {
    /// The schedule in words, such as `every weekday at 9:00` or `every 5 seconds`.
    package var words: String {
        let days = dayWords
        let time = timeWords
        if days.isEmpty { return time }
        return time.hasPrefix("at ") ? "\(days) \(time)" : "\(time), \(days)"
    }

    private var timeWords: String {
        if hour.isAny {
            if minute.isAny { return every(second, "second", zero: "every minute") }
            if second.bits == 1 { return every(minute, "minute", zero: "every hour") }
        }
        let hours = hour.values
        let minutes = minute.values
        if hours.count * minutes.count <= 4, second.values.count == 1 {
            let times = hours.flatMap { hour in minutes.map { minute in clock(hour, minute, second.values[0]) } }
            return (dayWords.isEmpty ? "every day at " : "at ") + list(times)
        }
        var parts = [every(minute, "minute", zero: "on the hour")]
        if !hour.isAny { parts.append("from " + list(ranges(hours).map { span($0) { "\($0):00" } })) }
        if second.bits != 1 { parts.insert(every(second, "second", zero: ""), at: 0) }
        return parts.joined(separator: " ")
    }

    private func every(_ field: CronField, _ unit: String, zero: String) -> String {
        if field.isAny { return "every \(unit)" }
        let values = field.values
        if field.bits == 1 { return zero }
        if let step = evenStep(values) { return "every \(step) \(unit)s" }
        return "at \(unit) " + list(ranges(values).map { span($0) { String($0) } })
    }

    /// `*/n` with n dividing 60: starts at 0 and repeats evenly.
    private func evenStep(_ values: [Int]) -> Int? {
        guard values.count > 1, values[0] == 0 else { return nil }
        let step = values[1]
        return 60 % step == 0 && values == Array(stride(from: 0, to: 60, by: step)) ? step : nil
    }

    private var dayWords: String {
        var parts: [String] = []
        // When either day field suffices and one of them matches every day, the schedule is daily.
        let isDaily = (dayOfMonth.isAny && !dayOfMonth.isStar) || (dayOfWeek.isAny && !dayOfWeek.isStar)
        if !dayOfWeek.isAny, !isDaily { parts.append(weekWords) }
        if !dayOfMonth.isAny, !isDaily {
            var days = ranges(dayOfMonth.values).map { span($0) { String($0) } }
            if dayOfMonth.lastDay { days.append("the last day") }
            parts.append("on " + (dayOfMonth.lastDay && days.count == 1 ? "" : "day ") + list(days) + " of the month")
        }
        var text = parts.joined(separator: " or ")
        if !month.isAny {
            let names = ["", "January", "February", "March", "April", "May", "June", "July", "August", "September"]
            let all = names + ["October", "November", "December"]
            let months = list(ranges(month.values).map { span($0) { all[$0] } })
            text = text.isEmpty ? "every day in \(months)" : "\(text) in \(months)"
        }
        return text
    }

    private var weekWords: String {
        let names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
        if dayOfWeek.bits == 0b0111110, dayOfWeek.lastWeekdays == 0 { return "every weekday" }
        let days = ranges(dayOfWeek.values).map { span($0) { names[$0] } }
        let last = (0..<7).filter { dayOfWeek.lastWeekdays & (1 << UInt64($0)) != 0 }.map { "the last \(names[$0])" }
        let parts = [
            days.isEmpty ? nil : "every " + list(days), last.isEmpty ? nil : "on " + list(last) + " of the month",
        ]
        return parts.compactMap(\.self).joined(separator: " and ")
    }

    private func clock(_ hour: Int, _ minute: Int, _ second: Int) -> String {
        let padded = minute < 10 ? "0\(minute)" : "\(minute)"
        return second == 0 ? "\(hour):\(padded)" : "\(hour):\(padded):" + (second < 10 ? "0\(second)" : "\(second)")
    }

    private func ranges(_ values: [Int]) -> [ClosedRange<Int>] {
        values.reduce(into: []) { ranges, value in
            if let last = ranges.last, last.upperBound + 1 == value {
                ranges[ranges.count - 1] = last.lowerBound...value
            } else {
                ranges.append(value...value)
            }
        }
    }

    private func span(_ range: ClosedRange<Int>, _ name: (Int) -> String) -> String {
        switch range.count {
        case 1: name(range.lowerBound)
        case 2: "\(name(range.lowerBound)), \(name(range.upperBound))"
        default: "\(name(range.lowerBound))–\(name(range.upperBound))"
        }
    }

    private func list(_ items: [String]) -> String {
        guard let last = items.last, items.count > 1 else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " and " + last
    }
}
