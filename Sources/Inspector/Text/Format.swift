package import Foundation
internal import SessionModel
internal import Terminal

/// Numbers and times as people read them.
package enum Format {
    /// `3s`, `14m`, `2h`, `5d`.
    package static func age(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1000
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m"
        case ..<86_400: return "\(seconds / 3600)h"
        default: return "\(seconds / 86_400)d"
        }
    }

    /// The time until something: `12s`, `4m12s`, `2h05m`, `3d04h`.
    package static func countdown(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds + 999) / 1000
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m\(padded(seconds % 60))s"
        case ..<86_400: return "\(seconds / 3600)h\(padded(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d\(padded(seconds / 3600 % 24))h"
        }
    }

    /// `<0.1 ms`, `12 ms`, `1.2 s`, `3m05s`.
    package static func duration(_ milliseconds: Double) -> String {
        switch milliseconds {
        case ..<0.05: return "<0.1 ms"
        case ..<1: return "\(tenths(milliseconds)) ms"
        case ..<1000: return "\(Int(milliseconds.rounded())) ms"
        case ..<60_000: return "\(tenths(milliseconds / 1000)) s"
        default: return countdown(Int64(milliseconds))
        }
    }

    /// Thousands apart: `1 204`.
    package static func count(_ number: Int) -> String {
        var digits = String(abs(number))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: " ")
    }

    /// `312 bytes`, `12 KB`, `1.2 MB`.
    package static func bytes(_ number: Int) -> String {
        switch number {
        case ..<1000: count(number, "byte")
        case ..<1_000_000: "\(number / 1000) KB"
        default: "\(tenths(Double(number) / 1_000_000)) MB"
        }
    }

    /// A number of things: `1 session`, `2 sessions`.
    package static func count(_ number: Int, _ thing: String) -> String {
        "\(count(number)) \(thing)\(number == 1 ? "" : "s")"
    }

    /// The time of day of a moment, `12:03:14`.
    package static func clock(_ time: Int64, in zone: TimeZone) -> String {
        let second = Int(time / 1000) + zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time) / 1000))
        let day = ((second % 86_400) + 86_400) % 86_400
        return "\(padded(Int64(day / 3600))):\(padded(Int64(day / 60 % 60))):\(padded(Int64(day % 60)))"
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
