internal import Foundation
internal import InspectionClient
internal import Inspector
internal import MagmaServer
internal import WebSocket

/// The runtime that a command is about, and how one comes in: from the command line, a profile, or the usual one of this
/// machine.
struct ChosenRuntime {
    static let usualAddress = "ws://127.0.0.1:3000"

    let address: RuntimeAddress
    /// The profile's name; `nil` where none is used.
    let profile: String?
    let settings: InterfaceSettings.Profile?
    private let authority: String?

    /// - Parameters:
    ///   - address: as it was written; `nil` for that of the profile, or the usual one.
    ///   - profile: the name that was asked for; `nil` for the usual one, where no address is given.
    ///   - authority: the file of the authority that is trusted; `nil` for that of the profile.
    /// - Throws: ``UsageError`` for an unknown profile, `RuntimeAddress.Problem` for what is no address.
    init(_ address: String?, profile: String?, authority: String?, _ settings: InterfaceSettings) throws {
        let name = profile ?? (address == nil ? settings.profile : nil)
        let known = try name.map { try Self.profile($0, settings) }
        self.profile = name
        self.settings = known
        self.address = try RuntimeAddress(parsing: address ?? known?.address ?? Self.usualAddress)
        self.authority = authority ?? known?.authorityFile
    }

    private static func profile(_ name: String, _ settings: InterfaceSettings) throws -> InterfaceSettings.Profile {
        if let known = settings.profiles[name] { return known }
        let names = settings.profiles.keys.sorted().joined(separator: ", ")
        throw UsageError("There is no profile '\(name)'\(names.isEmpty ? "" : "; there are \(names)").")
    }

    /// Where the token comes from, in words, and what it is: of the profile, of SEISMO_TOKEN, or the file that a runtime on
    /// this machine left.
    var token: (origin: String, secret: String)? {
        if let token = settings?.token, !token.isEmpty { return ("the profile '\(profile ?? "")'", token) }
        if let token = ProcessInfo.processInfo.environment["SEISMO_TOKEN"], !token.isEmpty {
            return ("SEISMO_TOKEN", token)
        }
        guard address.isLoopback, let local = LocalToken.read(port: address.port) else { return nil }
        return ("the file of the local runtime", local.secret)
    }

    /// - Throws: ``UsageError`` when the authority's file cannot be used.
    func connector() throws -> RuntimeConnector {
        try RuntimeConnector(to: address, authority: authority) { token?.secret }
    }
}

extension RuntimeConnector {
    /// - Parameter authority: the file of the authority that is trusted at an address with TLS.
    /// - Throws: ``UsageError`` when that file cannot be used.
    init(to address: RuntimeAddress, authority: String?, token: @escaping @Sendable () -> String?) throws {
        do {
            self.init(to: address, trust: address.isSecure ? try TLSTrust(authority: authority) : nil, token: token)
        } catch { throw UsageError(error.description) }
    }
}
