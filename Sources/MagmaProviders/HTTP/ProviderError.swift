/// Why a model could not answer: which provider, its status and its own words.
public struct ProviderError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        /// It answered with an error status.
        case status(Int)
        /// No connection, or one that broke.
        case connection
        /// It exceeded a time limit.
        case timeout
        /// Its answer does not follow its API.
        case malformed
        /// It gave up in the middle of its answer.
        case interrupted
        /// It reported an error in its answer that a retry would only repeat.
        case refused
    }

    public let provider: String
    public let reason: Reason
    /// What the provider says, or what happened, in a few words.
    public let words: String
    /// How long the provider asks to wait, in seconds.
    public let retryAfter: Double?

    init(_ provider: String, _ reason: Reason, _ words: String, retryAfter: Double? = nil) {
        self.provider = provider
        self.reason = reason
        self.words = words
        self.retryAfter = retryAfter
    }

    public var description: String {
        switch reason {
        case .status(let status): "\(provider) answered \(status): \(words)"
        case .connection: "\(provider) could not be reached: \(words)"
        case .timeout: "\(provider) took too long: \(words)"
        case .malformed: "\(provider) sent an unreadable answer: \(words)"
        case .interrupted: "\(provider) broke off its answer: \(words)"
        case .refused: "\(provider) refused to answer: \(words)"
        }
    }

    /// Whether a retry may help; only before any part of the answer was passed on.
    var isPassing: Bool {
        switch reason {
        case .status(let status): status == 408 || status == 409 || status == 429 || status >= 500
        case .connection, .interrupted: true
        case .timeout, .malformed, .refused: false
        }
    }
}
