/// One field of a cron expression: the set of values at which it matches.
struct CronField: Sendable, Hashable {
    /// Bit n is set when n matches.
    var bits: UInt64 = 0
    /// `L` among the days of the month.
    var lastDay = false
    /// `5L` among the days of the week: the last such day of the month, bit n for weekday n.
    var lastWeekdays: UInt64 = 0
    /// Whether every value matches, as with `*` or `0-59`.
    var isAny = false
    /// Whether it is `*`: any other day field restricts the day, even if it matches every day (POSIX).
    var isStar = false
    /// Whether it begins with `*`, as `*/5` does: then it means a steady pace, not certain times of a day.
    var isWildcard = false

    /// - Parameter value: a number of a calendar, 0 to 59; parsing keeps the field's numbers in its range too.
    func contains(_ value: Int) -> Bool { (0..<64).contains(value) && bits & (1 << UInt64(value)) != 0 }

    /// The lowest matching value that is not below `value`, which is a number of a calendar.
    func first(from value: Int) -> Int? {
        guard (0..<64).contains(value) else { return nil }
        let rest = bits & (~0 << UInt64(value))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    var values: [Int] { (0..<64).filter(contains) }
}

extension CronField {
    /// Reads lists of values, names, ranges and steps: `*`, `5`, `MON-FRI`, `*/15`, `10-50/20`, `1,15,L`.
    init(parsing text: Substring, as kind: CronError.Field) throws(CronError) {
        let grammar = CronGrammar(kind: kind, text: text)
        for item in text.split(separator: ",", omittingEmptySubsequences: false) { try grammar.read(item, into: &self) }
        if kind == .dayOfWeek, contains(7) { bits = (bits | 1) & ~(1 << 7) }
        isAny = bits == grammar.all
        isStar = text == "*"
        isWildcard = text.utf8.first == UInt8(ascii: "*")
    }
}

/// What one kind of field may hold.
private struct CronGrammar {
    let kind: CronError.Field
    let text: Substring

    var range: ClosedRange<Int> {
        switch kind {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...7
        }
    }

    /// The bits of a field that matches always; Sunday counts once.
    var all: UInt64 {
        let range = kind == .dayOfWeek ? 0...6 : range
        return range.reduce(0) { $0 | 1 << UInt64($1) }
    }

    var names: [String] {
        switch kind {
        case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        default: []
        }
    }

    func read(_ item: Substring, into field: inout CronField) throws(CronError) {
        guard !item.isEmpty else { throw error("has an empty item in its list") }
        if kind == .dayOfMonth, item.uppercased() == "L" { return field.lastDay = true }
        if kind == .dayOfWeek, item.count > 1, item.uppercased().hasSuffix("L"), !names.contains(item.lowercased()) {
            let day = try value(item.dropLast())
            return field.lastWeekdays |= 1 << UInt64(day % 7)
        }
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw error("has more than one '/'") }
        let span = try span(parts[0], stepped: parts.count == 2)
        // A single value with a step ranges to the field's end.
        let isWhole = parts[0] == "*" || !parts[0].utf8.contains(UInt8(ascii: "-"))
        let step = parts.count == 2 ? try step(parts[1], within: isWhole ? all.nonzeroBitCount : span.count) : 1
        for value in stride(from: span.lowerBound, through: span.upperBound, by: step) {
            // Within the field's range, of at most 0 to 59: `span` refuses everything else.
            field.bits |= 1 << UInt64(value)
        }
    }

    private func span(_ text: Substring, stepped: Bool) throws(CronError) -> ClosedRange<Int> {
        if text == "*" { return range.lowerBound...(kind == .dayOfWeek ? 6 : range.upperBound) }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { throw error("has more than one '-' in '\(text)'") }
        let low = try value(ends[0])
        guard ends.count == 2 else {
            return low...(stepped ? max(low, kind == .dayOfWeek ? 6 : range.upperBound) : low)
        }
        var high = try value(ends[1])
        if kind == .dayOfWeek, high == 0, low > 0 { high = 7 }
        guard low <= high else { throw error("has a range that runs backwards: '\(text)'") }
        return low...high
    }

    /// - Parameter count: how many values are in the range that is stepped through.
    private func step(_ text: Substring, within count: Int) throws(CronError) -> Int {
        guard isDigits(text), let step = Int(text), step > 0 else {
            throw error("needs a whole number above 0 after '/'")
        }
        guard step <= count else {
            throw error("has the step \(step), which is larger than its range of \(count) values")
        }
        return step
    }

    private func value(_ text: Substring) throws(CronError) -> Int {
        if let index = names.firstIndex(where: { matches(text, $0) }) {
            return kind == .month ? index + 1 : index
        }
        guard isDigits(text), let value = Int(text) else {
            let requested = names.isEmpty ? "a number" : "a number or a name such as \(names[1].uppercased())"
            throw error("holds '\(text)', which is not \(requested)")
        }
        guard range.contains(value) else {
            throw error("holds \(value), which is outside \(range.lowerBound)-\(range.upperBound)")
        }
        return value
    }

    /// Short and full English names count, as in node-cron: `mon`, `Monday`.
    private func matches(_ text: Substring, _ name: String) -> Bool {
        let text = text.lowercased()
        return text == name || fullNames.contains { $0 == text && $0.hasPrefix(name) }
    }

    private var fullNames: [String] {
        switch kind {
        case .month:
            [
                "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                "november", "december",
            ]
        case .dayOfWeek: ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        default: []
        }
    }

    private func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 6 && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    private func error(_ problem: String) -> CronError {
        CronError(field: kind, text: String(text), problem: problem)
    }
}
