internal import Foundation
internal import Inspector
internal import Terminal

/// Moments as a command writes them: short for a reader at a terminal, whole for a program.
struct Times {
    /// The runtime's clock, in milliseconds since 1970.
    let now: Int64
    let isShort: Bool

    init(_ output: Output) {
        now = Int64(Date().timeIntervalSince1970 * 1000)
        isShort = output.isTerminal
    }

    /// How long ago: `14m`, or the moment itself (RFC 3339, UTC).
    func age(_ moment: Int64) -> SafeText {
        isShort ? SafeText(Format.age(now.subtractingReportingOverflow(moment).partialValue)) : Self.whole(moment)
    }

    /// The time of day, or the moment itself.
    func clock(_ moment: Int64) -> SafeText {
        isShort ? SafeText(Format.clock(moment, in: .current)) : Self.whole(moment)
    }

    /// How long until then, or the moment itself; empty for none.
    func until(_ moment: Int64?) -> SafeText {
        guard let moment else { return .empty }
        return isShort
            ? SafeText(Format.countdown(moment.subtractingReportingOverflow(now).partialValue)) : Self.whole(moment)
    }

    static func whole(_ moment: Int64) -> SafeText {
        SafeText(
            Date(timeIntervalSince1970: Double(moment) / 1000).ISO8601Format(.init(includingFractionalSeconds: true))
        )
    }
}
