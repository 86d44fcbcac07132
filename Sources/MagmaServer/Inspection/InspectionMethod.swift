internal import Inspection
internal import SessionModel

/// What a method answers, and what goes on after its answer is sent.
struct MethodAnswer: Sendable {
    typealias Following = @Sendable (InspectorLine) async throws -> Void

    var result: JSON
    var following: Following?
    /// Whether it holds what is hidden otherwise, and was asked for.
    var isRevealed = false

    init(_ result: JSON, isRevealed: Bool = false, following: Following? = nil) {
        self.result = result
        self.isRevealed = isRevealed
        self.following = following
    }
}

/// One method of the inspection protocol.
struct InspectionMethod: Sendable {
    let role: Role
    /// Whether it may take long, and so must not hold up the requests behind it.
    let isSlow: Bool
    let run: @Sendable (InspectionMethods, InspectorPeer, Params) async throws -> MethodAnswer

    init(
        _ role: Role,
        isSlow: Bool = false,
        run: @escaping @Sendable (InspectionMethods, InspectorPeer, Params) async throws -> MethodAnswer
    ) {
        self.role = role
        self.isSlow = isSlow
        self.run = run
    }
}
