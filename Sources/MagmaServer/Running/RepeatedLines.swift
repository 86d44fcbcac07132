internal import Dispatch
internal import Synchronization

/// Leaves out log lines that repeat one message many times, such as one for each session while a database is gone, and counts them.
///
/// ``most`` lines of a message are let through in ten seconds; while there are more, such a span doubles, up to ten minutes, and at
/// its end it is told how many were left out.
final class RepeatedLines: Sendable {
    static let most = 10
    static let (shortest, longest) = (Duration.seconds(10), Duration.seconds(600))
    /// Messages that are counted at once.
    private static let mostMessages = 1000

    private struct Span {
        var end: ContinuousClock.Instant
        var length = shortest
        var said = 0
        var leftOut = 0
    }

    private let now: @Sendable () -> ContinuousClock.Instant
    private let later: @Sendable (Duration, @escaping @Sendable () -> Void) -> Void
    private let spans = Mutex<[String: Span]>([:])

    /// - Parameter later: calls a closure after some time.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        later: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> Void = {
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int($0 / .milliseconds(1))), execute: $1)
        }
    ) {
        self.now = now
        self.later = later
    }

    /// Whether a line with that message is written.
    ///
    /// - Parameter tell: called at the end of the span with how many were left out in it.
    func admit(_ message: String, tell: @escaping @Sendable (Int) -> Void) -> Bool {
        let now = now()
        let (isAdmitted, wait) = spans.withLock { spans -> (Bool, Duration?) in
            if spans.count >= Self.mostMessages, spans[message] == nil {
                spans = spans.filter { $0.value.leftOut > 0 || now < $0.value.end }
                // More than are counted are all written.
                if spans.count >= Self.mostMessages { return (true, nil) }
            }
            var span = spans[message] ?? Span(end: now + Self.shortest)
            defer { spans[message] = span }
            if now >= span.end, span.leftOut == 0 { span = Span(end: now + Self.shortest) }
            guard span.said >= Self.most else {
                span.said += 1
                return (true, nil)
            }
            span.leftOut += 1
            return (false, span.leftOut == 1 ? max(.zero, now.duration(to: span.end)) : nil)
        }
        if let wait { later(wait) { [self] in end(message, tell) } }
        return isAdmitted
    }

    private func end(_ message: String, _ tell: @Sendable (Int) -> Void) {
        let now = now()
        let leftOut = spans.withLock { spans in
            guard let span = spans[message] else { return 0 }
            let length = min(span.length * 2, Self.longest)
            spans[message] = Span(end: now + length, length: length)
            return span.leftOut
        }
        if leftOut > 0 { tell(leftOut) }
    }
}
