public import Foundation
public import SessionModel

extension CronExpression {
    /// An expression that `@Job` has checked at compile time.
    public init(checked text: String) {
        do { try self.init(text) } catch { preconditionFailure("@Job has accepted an invalid schedule: \(error)") }
    }
}

extension TimeZone {
    /// A zone that `@Job` has checked at compile time; GMT where this machine does not know it.
    public init(checked name: String) { self = TimeZone(identifier: name) ?? .gmt }
}
