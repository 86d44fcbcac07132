package import SessionModel

/// Keeps the requests and responses of webhooks.
package protocol ExchangeStore: Sendable {
    /// Stores an exchange, in place of the one of the same id.
    func save(_ exchange: Exchange) async throws

    func exchange(_ id: String) async throws -> Exchange?

    /// The same as lists hold it: without headers and bodies, which need not be read for that.
    func exchangeRow(_ id: String) async throws -> Exchange?

    /// Exchanges that were never answered, as lists hold them.
    func openExchanges() async throws -> [Exchange]

    /// Newest first, as lists hold them: those of an agent, or of one of its sessions or hooks, older than the exchange
    /// `before`. Where that is gone since, the list goes on from the place in the order of ids where it was.
    func exchanges(agent: String?, session: String?, hook: String?, before: String?, limit: Int) async throws
        -> [Exchange]
}
