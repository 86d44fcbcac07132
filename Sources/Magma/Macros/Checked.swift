public import Foundation
public import SessionModel

extension CronExpression {
    /// An expression that `@Job` has checked when it was compiled.
    public init(checked text: String) {
        do { try self.init(text) } catch { preconditionFailure("@Job has let a wrong schedule through: \(error)") }
    }
}

extension TimeZone {
    /// A zone that `@Job` has checked when it was compiled; GMT where this machine does not know it.
    public init(checked name: String) { self = TimeZone(identifier: name) ?? .gmt }
}
