internal import AgentAPI
internal import ArgumentParser
public import InspectionServer
internal import Logging
internal import MagmaServer

/// Who may ask `seismo serve`, and what inspectors see.
struct AccessOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A name by which clients on this machine may ask for the server, where no keys are set; may be given more than once.",
            valueName: "name"
        )
    )
    var allowHost: [String] = []

    @Option(help: ArgumentHelp("More tokens of inspectors, as 'seismo token' makes them.", valueName: "path"))
    var tokens = TokenPath.usual

    @Option(
        help: ArgumentHelp("Keys whose values no inspector sees, beside credentials; * is any text.", valueName: "key")
    )
    var redact: [String] = []

    @Option(help: "Personal data that no inspector sees; may be given more than once.")
    var mask: [PersonalData] = []

    @Option(
        help: ArgumentHelp(
            "Speak TLS, with this certificate and those that lead to its authority, in PEM.",
            valueName: "path"
        )
    )
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's key, in PEM.", valueName: "path"))
    var tlsKey: String?

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key go together.")
        }
    }

    func apply(to configuration: inout ServerConfiguration, _ log: Logger) throws {
        configuration.api.hosts = allowHost
        let register = TokenFile(path: tokens.path, log: log)
        _ = try register.entries()
        configuration.inspection.tokenFile = register
        configuration.inspection.redaction = Redaction(keys: redact, masks: Set(mask))
        if let tlsCert, let tlsKey {
            configuration.certificate = try ServerCertificate(certificate: tlsCert, key: tlsKey, log: log)
        }
    }
}

extension PersonalData: ExpressibleByArgument {}

/// A file of tokens. Help and man pages name the usual one as it is on every machine.
struct TokenPath: ExpressibleByArgument {
    static let usual = TokenPath(path: TokenFile.usualPath)

    let path: String

    init(path: String) { self.path = path }

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        path = argument
    }

    var defaultValueDescription: String { "$XDG_CONFIG_HOME/seismo/tokens.json" }
}
