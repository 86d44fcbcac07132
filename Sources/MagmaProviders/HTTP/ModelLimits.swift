/// Timeouts and retries of a provider.
public struct ModelLimits: Sendable {
    /// Requests that its server is sent at once; further ones wait for one of them to end, for ``connect`` at most.
    public var requests: Int
    /// How long making a connection may take.
    public var connect: Duration
    /// How long the model may be silent.
    public var silence: Duration
    /// How long one answer may take.
    public var answer: Duration
    /// How long to wait, after the stop reason, for what may still follow, such as token counts.
    public var afterEnd: Duration
    /// Maximum retries after a `429`, a `5xx` or a broken connection.
    public var retries: Int
    /// The wait before the first retry, doubled for each further one, unless the provider says how long.
    public var backoff: Duration
    /// The longest wait; a provider that asks for more fails the turn.
    public var longestWait: Duration

    public init(
        requests: Int = 1024,
        connect: Duration = .seconds(10),
        silence: Duration = .seconds(120),
        answer: Duration = .seconds(600),
        afterEnd: Duration = .seconds(2),
        retries: Int = 3,
        backoff: Duration = .milliseconds(500),
        longestWait: Duration = .seconds(60)
    ) {
        self.requests = requests
        self.connect = connect
        self.silence = silence
        self.answer = answer
        self.afterEnd = afterEnd
        self.retries = retries
        self.backoff = backoff
        self.longestWait = longestWait
    }

    /// The wait before the retry of that number, counted from 0; `nil` when it would be too long.
    ///
    /// - Parameter chance: between 0 and 1; spreads the clients that were refused at the same moment.
    func wait(before retry: Int, asked seconds: Double?, chance: Double) -> Duration? {
        if let seconds {
            // Compared as a number, since not every number fits into a duration.
            guard seconds <= longestWait / .seconds(1) else { return nil }
            return .seconds(max(0, seconds))
        }
        let longest = min(backoff * (1 << min(retry, 16)), longestWait)
        return longest * (0.5 + chance / 2)
    }
}
