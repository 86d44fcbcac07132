/// Why a cron expression is not one: which field, and what is wrong with it.
public struct CronError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Field: String, Sendable, Hashable, CaseIterable {
        case second, minute, hour
        case dayOfMonth = "day of month"
        case month
        case dayOfWeek = "day of week"
    }

    /// The field that is wrong; `nil` when it is the expression as a whole.
    public var field: Field?
    /// The text of the field, or of the whole expression.
    public var text: String
    /// A sentence without the field's name.
    public var problem: String

    public var description: String {
        if let field {
            "The \(field.rawValue) field '\(text)' \(problem)."
        } else {
            "The schedule '\(text)' \(problem)."
        }
    }
}
