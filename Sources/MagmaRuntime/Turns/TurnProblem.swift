/// Why a turn failed in which nothing threw an error.
struct TurnProblem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
