internal import Foundation
internal import Synchronization

/// The value of `Date` (RFC 9110, section 6.6.1), made once a second.
enum DateHeader {
    private static let last = Mutex<(second: Int, text: String)>((.min, ""))

    static var now: String {
        let second = time(nil)
        return last.withLock { last in
            if last.second != second { last = (second, text(second)) }
            return last.text
        }
    }

    /// A moment as `IMF-fixdate` (RFC 9110, section 5.6.7), whatever the locale.
    ///
    /// - Parameter second: since 1970.
    static func text(_ second: Int) -> String {
        var second = second
        var date = tm()
        gmtime_r(&second, &date)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(days[Int(date.tm_wday)]), \(two(date.tm_mday)) \(months[Int(date.tm_mon)]) \(1900 + date.tm_year)"
        return "\(day) \(two(date.tm_hour)):\(two(date.tm_min)):\(two(date.tm_sec)) GMT"
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
