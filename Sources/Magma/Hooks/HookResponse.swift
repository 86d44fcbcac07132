public import SessionModel

/// What a hook answers.
public struct HookResponse: Sendable, Hashable {
    public enum Body: Sendable, Hashable {
        case none
        case json(JSON)
        case text(String)
        case bytes([UInt8])
    }

    public var status: Int
    public var headers: [HookRequest.Field]
    public var body: Body

    public init(status: Int = 200, headers: [HookRequest.Field] = [], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public static func json(_ value: JSON, status: Int = 200) -> HookResponse {
        HookResponse(status: status, body: .json(value))
    }
    public static func text(_ text: String, status: Int = 200) -> HookResponse {
        HookResponse(status: status, body: .text(text))
    }
    public static func status(_ status: Int) -> HookResponse { HookResponse(status: status) }
}
