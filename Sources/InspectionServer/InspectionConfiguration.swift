/// Whom the inspection endpoint lets in, and what it hides from them.
package struct InspectionConfiguration: Sendable {
    package var tokens: [InspectorToken] = []
    /// More tokens, in a file.
    package var tokenFile: TokenFile?
    /// How often the tokens of connected inspectors are checked again.
    package var tokenCheckInterval: Duration = .seconds(5)
    /// Between pings of an inspector's WebSocket.
    package var pingInterval: Duration = .seconds(30)
    /// What is taken out of what goes to inspectors.
    package var redaction = Redaction()
    /// The name of this process, as inspectors show it.
    package var node = "local"

    package init() {}

    /// The token with that secret.
    func token(of secret: String) -> InspectorToken? {
        tokens.filter { $0.matches(secret) }.first ?? tokenFile?.token(of: secret)
    }

    /// Whether there is any token that an inspector can show.
    package var hasTokens: Bool { !tokens.isEmpty || (try? tokenFile?.entries())?.isEmpty == false }
}
