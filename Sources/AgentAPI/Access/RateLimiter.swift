internal import Synchronization

/// The rate of hooks and turns that one API key or address may request.
package struct Rate: Sendable, Hashable {
    package var perSecond: Double
    /// How many may arrive at once after an idle period.
    package var burst: Double

    /// - Parameter burst: by default what two seconds allow.
    package init(perSecond: Double, burst: Double? = nil) {
        self.perSecond = perSecond
        self.burst = max(1, burst ?? perSecond * 2)
    }
}

/// A token bucket for each key or address, refilled at a steady rate.
final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        /// Milliseconds.
        var filled: Int64
    }

    /// Above this many buckets, the full ones are dropped and, if that is not enough, all of them.
    private static let maximum = 20_000

    private let rate: Rate?
    private let now: @Sendable () -> Int64
    private let buckets = Mutex<[String: Bucket]>([:])

    /// - Parameters:
    ///   - rate: `nil` for no limit.
    ///   - now: milliseconds.
    init(_ rate: Rate?, now: @escaping @Sendable () -> Int64) {
        self.rate = rate
        self.now = now
    }

    /// How many buckets there are.
    var count: Int { buckets.withLock(\.count) }

    /// Takes a token.
    ///
    /// - Throws: ``APIError`` `rate_limited`, with the seconds until the next token.
    func admit(_ who: String) throws(APIError) {
        guard let rate else { return }
        let now = now()
        let wait = buckets.withLock { buckets -> Double? in
            if buckets[who] == nil, buckets.count >= Self.maximum {
                buckets = buckets.filter { Self.filled($0.value, rate, now).tokens < rate.burst }
                if buckets.count >= Self.maximum { buckets = [:] }
            }
            var bucket = Self.filled(buckets[who] ?? Bucket(tokens: rate.burst, filled: now), rate, now)
            defer { buckets[who] = bucket }
            guard bucket.tokens < 1 else {
                bucket.tokens -= 1
                return nil
            }
            return (1 - bucket.tokens) / rate.perSecond
        }
        if let wait { throw .rateLimited(rate.perSecond, seconds: Int(wait.rounded(.up))) }
    }

    private static func filled(_ bucket: Bucket, _ rate: Rate, _ now: Int64) -> Bucket {
        let passed = Double(max(0, now - bucket.filled)) / 1000
        return Bucket(tokens: min(rate.burst, bucket.tokens + passed * rate.perSecond), filled: now)
    }
}
