package import SessionModel

extension Moment {
    package var json: JSON {
        switch self {
        case .seq(let seq): .int(seq)
        case .snapshot(let name): .string(name)
        }
    }
}
