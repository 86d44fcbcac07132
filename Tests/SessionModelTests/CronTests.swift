import Foundation
import SessionModel
import Testing

@Suite("Cron", .timeLimit(.minutes(15)))
struct CronTests {
    /// Made with Python's `croniter` on wall-clock time; what daylight saving makes of a wall time was added to it with
    /// `zoneinfo` by this project's rule, since croniter itself shifts skipped times by the gap's length and lets
    /// doubled ones run twice. croniter wants seconds last; here they come first.
    static let cases: [[String]] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "cron-cases.tsv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    }()

    @Test("there are at least two hundred cases")
    func count() { #expect(Self.cases.count >= 200) }

    @Test("the next five runs are those of an independent implementation", arguments: cases)
    func next(row: [String]) throws {
        let expression = try CronExpression(row[0])
        let zone = try #require(TimeZone(identifier: row[1]))
        var moment = try Self.milliseconds(row[2])
        for expected in row.dropFirst(3) {
            let next = try #require(expression.next(after: moment, in: zone))
            #expect(Self.text(next) == expected, "\(row[0]) in \(row[1]) after \(Self.text(moment))")
            moment = next
        }
    }

    @Test(
        "a day field that is not * restricts, though it matches every day (POSIX)",
        arguments: ["0 12 1-31 * 1", "0 12 1 * 0-6", "0 12 */1 * 1", "0 12 1 * SUN-SAT"]
    )
    func days(text: String) throws {
        let expression = try CronExpression(text)
        var moment = try Self.milliseconds("2026-06-01T13:00:00Z")
        for day in 2...20 {
            moment = try #require(expression.next(after: moment, in: .gmt))
            #expect(Self.text(moment) == "2026-06-\(day < 10 ? "0" : "")\(day)T12:00:00Z")
        }
    }

    @Test(
        "the largest step is as large as its range",
        arguments: ["*/60 * * * *", "0 */24 * * *", "10-50/41 * * * *", "5/60 * * * *"]
    )
    func steps(text: String) throws { _ = try CronExpression(text) }

    @Test("a time that comes twice runs at its first coming only")
    func doubled() throws {
        let expression = try CronExpression("30 1 * * *")
        let zone = try #require(TimeZone(identifier: "America/New_York"))
        let first = try #require(expression.next(after: Self.milliseconds("2026-11-01T00:00:00Z"), in: zone))
        #expect(Self.text(first) == "2026-11-01T05:30:00Z")
        let second = try #require(expression.next(after: first, in: zone))
        #expect(Self.text(second) == "2026-11-02T06:30:00Z")
    }

    @Test(
        "a wrong expression is refused with its field",
        arguments: [
            ("61 * * * *", CronError.Field.minute, "61"), ("* 24 * * *", .hour, "24"), ("* * 0 * *", .dayOfMonth, "0"),
            ("* * * 13 *", .month, "13"), ("* * * * 8", .dayOfWeek, "8"), ("60 * * * * *", .second, "60"),
            ("*/0 * * * *", .minute, "above 0"), ("5-1 * * * *", .minute, "backwards"),
            ("1,,2 * * * *", .minute, "empty"),
            ("* * * FOO *", .month, "FOO"), ("1-2-3 * * * *", .minute, "more than one"), ("a * * * *", .minute, "'a'"),
            ("0 0 30 2 *", .dayOfMonth, "never"), ("1/2/3 * * * *", .minute, "more than one"),
            ("-5 * * * *", .minute, "''"),
            ("*/999999999999 * * * *", .minute, "above 0"), ("*/90 * * * *", .minute, "step 90"),
            ("* */25 * * *", .hour, "step 25"), ("10-50/42 * * * *", .minute, "step 42"),
            ("* * * */13 *", .month, "step 13"),
            ("* * * * */8", .dayOfWeek, "step 8"), ("5/61 * * * *", .minute, "step 61"),
            ("* * */32 * *", .dayOfMonth, "step 32"),
        ]
    )
    func refusal(text: String, field: CronError.Field, part: String) {
        let error = #expect(throws: CronError.self) { try CronExpression(text) }
        #expect(error?.field == field)
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test("an expression of another number of fields is refused", arguments: ["", "* * * *", "* * * * * * *"])
    func fieldCount(text: String) {
        let error = #expect(throws: CronError.self) { try CronExpression(text) }
        #expect(error?.field == nil)
    }

    @Test(
        "schedules read as words",
        arguments: [
            ("* * * * * *", "every second"), ("* * * * *", "every minute"), ("*/5 * * * * *", "every 5 seconds"),
            ("0 9 * * 1-5", "every weekday at 9:00"), ("0 3 * * *", "every day at 3:00"),
            ("*/15 * * * *", "every 15 minutes"),
            ("0 0 1 * *", "on day 1 of the month at 0:00"), ("30 8 * * 0", "every Sunday at 8:30"),
            ("30 8 * * 7/2", "every Sunday at 8:30"),
            ("0 0 L * *", "on the last day of the month at 0:00"),
            ("0 0 * * 5L", "on the last Friday of the month at 0:00"),
            ("0 0 * * 1,5L", "every Monday and on the last Friday of the month at 0:00"),
            ("0 12 1-31 * 1", "every day at 12:00"), ("0 12 1 * 0-6", "every day at 12:00"),
            ("0 * * * *", "every hour"), ("0 0 1 1 *", "on day 1 of the month in January at 0:00"),
        ]
    )
    func words(text: String, words: String) throws {
        #expect(try CronExpression(text).words == words)
    }

    static func milliseconds(_ text: String) throws -> Int64 {
        Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970 * 1000)
    }

    static func text(_ time: Int64) -> String {
        Date(timeIntervalSince1970: Double(time) / 1000).formatted(.iso8601)
    }
}
