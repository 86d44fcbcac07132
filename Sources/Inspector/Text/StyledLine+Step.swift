internal import SessionModel
internal import Terminal

extension StyledLine {
    /// A step of a change, with its sign.
    init(_ step: JSONPatch.Step) {
        self =
            switch step {
            case .add(let path, let value):
                StyledLine("  + ", Style(.good)).adding(SafeText("\(path) "), Style(.jsonKey)).adding(
                    SafeText(value.text),
                    value.style
                )
            case .remove(let path): StyledLine("  − ", Style(.bad)).adding(SafeText("\(path)"), Style(.jsonKey))
            case .replace(let path, let value), .test(let path, let value):
                StyledLine("  ~ ", Style(.changed)).adding(SafeText("\(path) "), Style(.jsonKey)).adding(
                    SafeText(value.text),
                    value.style
                )
            case .move(let from, let to), .copy(let from, let to):
                StyledLine("  ~ ", Style(.changed)).adding(SafeText("\(from) → \(to)"), Style(.jsonKey))
            }
    }
}
