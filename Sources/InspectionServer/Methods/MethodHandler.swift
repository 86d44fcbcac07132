internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// What a method answers, and what goes on after its answer is sent.
struct MethodAnswer<Result: Sendable>: Sendable {
    typealias Following = @Sendable (RedactingWriter) async throws -> Void

    var result: Result
    var following: Following?
    /// Whether it holds what is hidden otherwise, and was asked for.
    var isRevealed = false

    init(_ result: Result, isRevealed: Bool = false, following: Following? = nil) {
        self.result = result
        self.isRevealed = isRevealed
        self.following = following
    }
}

/// Methods that belong together, with what carries them out.
protocol MethodFamily: Sendable {
    static var handlers: [MethodHandler] { get }

    var shared: InspectionMethods { get }

    init(shared: InspectionMethods)
}

extension MethodFamily {
    var runtime: Runtime { shared.runtime }
    var redaction: Redaction { shared.redaction }
    var bounds: AnswerBounds { shared.bounds }
    var bodies: ExpensiveReads { shared.bodies }
}

/// Carries out one method of the inspection protocol.
struct MethodHandler: Sendable {
    /// How requests of one connection go on beside each other.
    enum Pace: Sendable {
        /// At once, before the next one that names the same session, or none as well.
        case prompt
        /// It may take long, and so must not hold up the requests behind it; it begins behind those of its session.
        case slow
        /// The same for what changes its session, which need not wait for a turn or a model: what names that waits for it.
        case changing
        /// It may take long and much memory, so that there is only one of them at a time.
        case oneByOne
    }

    let method: MethodDeclaration
    let pace: Pace
    let run: @Sendable (InspectionMethods, InspectorState, JSON) async throws -> MethodAnswer<JSON>

    /// - Parameter run: a family's function for it.
    init<Family: MethodFamily, Params, Result>(
        _ method: Method<Params, Result>,
        pace: Pace = .prompt,
        run: @escaping @Sendable (Family) -> (InspectorState, Params) async throws -> MethodAnswer<Result>
    ) {
        self.method = method.declaration
        self.pace = pace
        self.run = { methods, peer, params in
            let answer = try await run(Family(shared: methods))(peer, Params(params))
            return MethodAnswer(answer.result.json, isRevealed: answer.isRevealed, following: answer.following)
        }
    }
}
