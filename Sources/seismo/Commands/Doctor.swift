internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import MagmaRuntime
internal import MagmaServer
internal import SessionModel
internal import Terminal
internal import TerminalCurses

/// `seismo doctor`: checks what seismo needs, and says what is wrong.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check settings, themes, terminal, runtime, token and store, one line each.",
        discussion: "Exits with 1 when something is wrong."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await exitingWithOneSentence {
            let output = Output(output)
            let settings = InterfaceSettings.read()
            var findings = Finding.settings(settings) + Finding.themes() + Finding.terminal()
            findings += await runtime(settings)
            findings += await Finding.store()
            switch output.form {
            case .json: try output.document(["checks": .array(findings.map(\.json))])
            case .jsonl: for finding in findings { try output.line(finding.json) }
            case .table, .wide:
                try Table(
                    [Table.Column(title: "CHECK"), Table.Column(title: "RESULT"), Table.Column(title: "FOUND")],
                    output
                ).write(
                    findings.map {
                        [Table.Cell(SafeText($0.name)), $0.result.cell, Table.Cell(SafeText($0.detail))]
                    }
                )
            }
            if findings.contains(where: { $0.result == .bad }) { throw ExitReason.other }
        }
    }

    private func runtime(_ settings: InterfaceSettings) async -> [Finding] {
        let chosen: ChosenRuntime
        let connector: RuntimeConnector
        do {
            chosen = try connection.chosen(settings)
            connector = try chosen.connector()
        } catch { return [Finding("runtime", .bad, "\(error)")] }
        let origin =
            chosen.profile.map { "of the profile '\($0)'" }
            ?? (connection.runtime == nil ? "the usual one" : "of --runtime")
        var findings = [Finding("address", .good, "\(chosen.address), \(origin)")]
        findings.append(
            Finding(
                "token",
                chosen.token == nil ? .warning : .good,
                chosen.token.map { "from \($0.origin)" }
                    ?? "none: not in a profile, not in SEISMO_TOKEN, not left by a local runtime"
            )
        )
        let address = chosen.address
        if address.isSecure {
            findings.append(Finding("TLS", .good, "asked for by the address"))
        } else {
            let isPlain = !address.isLoopback
            findings.append(
                Finding(
                    "TLS",
                    isPlain ? .warning : .good,
                    isPlain ? "none: the token travels unencrypted" : "none, on this machine"
                )
            )
        }
        do {
            try await InspectionClient.with(connector) { client in
                let asked = Date()
                let answer = try await client.hello()
                findings += Finding.hello(answer, asked: asked)
            }
        } catch let failure as RuntimeConnector.Failure {
            findings.append(Finding("runtime", .bad, failure.told(of: address).description))
        } catch let lost as InspectionClient.Lost {
            findings.append(Finding("runtime", .bad, "the link to \(address) was lost: \(lost.reason)"))
        } catch { findings.append(Finding("runtime", .bad, "\(error)")) }
        return findings
    }
}

/// One line of the doctor.
struct Finding {
    enum Result: String {
        case good = "ok"
        case warning = "note"
        case bad = "wrong"

        var cell: Table.Cell {
            Table.Cell(SafeText(rawValue), self == .good ? .good : self == .warning ? .warning : .bad)
        }
    }

    let name: String
    let result: Result
    let detail: String

    init(_ name: String, _ result: Result, _ detail: String) {
        self.name = name
        self.result = result
        self.detail = detail
    }

    var json: JSON {
        ["check": .string(name), "result": .string(result.rawValue), "found": .string(detail)]
    }

    /// Which file, and where each setting comes from.
    static func settings(_ settings: InterfaceSettings) -> [Finding] {
        let file = Folders.config.appending(path: "config.yaml").path(percentEncoded: false)
        let isThere = FileManager.default.fileExists(atPath: file)
        var findings = [Finding("config", .good, isThere ? file : "\(file): none, so everything is as usual")]
        findings += settings.problems.map { Finding("config", .bad, $0) }
        let theme = settings.theme.map { ($0, "from config.yaml") } ?? (ThemeLibrary.defaultName, "the default")
        findings.append(Finding("theme", .good, "\(theme.0), \(theme.1)"))
        findings.append(
            Finding("profile", .good, settings.profile.map { "\($0), from config.yaml" } ?? "none, the default")
        )
        for (name, profile) in settings.profiles.sorted(by: { $0.key < $1.key }) {
            let token =
                profile.tokenVariable.map { "token from $\($0)" } ?? profile.tokenFile.map { "token from \($0)" }
            let parts = [
                profile.address ?? ChosenRuntime.usualAddress, token ?? "no token",
                profile.isReadOnly ? "read-only" : nil,
                profile.authorityFile.map { "authority \($0)" }, profile.theme.map { "theme \($0)" },
            ]
            let isMissing = token != nil && profile.token == nil
            findings.append(
                Finding(
                    "profile \(name)",
                    isMissing ? .warning : .good,
                    parts.compactMap(\.self).joined(separator: ", ") + (isMissing ? ", which cannot be read" : "")
                )
            )
        }
        if !settings.keys.isEmpty {
            findings.append(Finding("keys", .good, "\(settings.keys.count) of your own, from config.yaml"))
        }
        return findings
    }

    static func themes() -> [Finding] {
        let library = ThemeLibrary()
        let names = library.names
        let wrong = names.compactMap { name -> Finding? in
            do {
                _ = try library.theme(name)
                return nil
            } catch { return Finding("themes", .bad, "\(error)") }
        }
        return wrong.isEmpty ? [Finding("themes", .good, "\(names.count), all of them can be read")] : wrong
    }

    /// What the terminal can do, by its description.
    static func terminal() -> [Finding] {
        let environment = ProcessInfo.processInfo.environment
        var findings: [Finding] = []
        let term = environment["TERM"] ?? ""
        if let known = TerminalDescription(of: term) {
            findings.append(
                Finding("TERM", .good, "\(term), \(known.colors) colours\(known.hasMouse ? ", mouse" : ", no mouse")")
            )
        } else {
            let what = term.isEmpty ? "not set" : "'\(term)', which this machine does not know"
            findings.append(Finding("TERM", .bad, "\(what); most terminals work with TERM=xterm-256color"))
        }
        let colors = ["truecolor", "24bit"].contains(environment["COLORTERM"]) ? "24 bits, by COLORTERM" : "by TERM"
        let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        findings.append(Finding("colours", .good, isPlain ? "none: NO_COLOR is set" : colors))
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let isUTF8 = ["UTF-8", "UTF8"].contains { locale.uppercased().hasSuffix($0) }
        findings.append(
            Finding(
                "UTF-8",
                isUTF8 ? .good : .warning,
                isUTF8 ? locale : "the locale is '\(locale)'; set LANG to one of UTF-8, such as C.UTF-8"
            )
        )
        let isTmux = environment["TMUX"]?.isEmpty == false
        findings.append(
            Finding("clipboard", .good, isTmux ? "through tmux" : "by OSC 52, where the terminal allows it")
        )
        return findings
    }

    /// - Parameter asked: when the runtime was asked, by this machine's clock.
    static func hello(_ answer: HelloResult, asked: Date) -> [Finding] {
        let version = answer.version ?? "none"
        var findings = [
            Finding(
                "protocol",
                version == Inspection.version ? .good : .bad,
                version == Inspection.version
                    ? "version \(version)"
                    : "version \(version), and this program speaks \(Inspection.version): use versions that belong together"
            )
        ]
        guard let hello = answer.hello else {
            return findings + [Finding("runtime", .bad, "what it says of itself cannot be read")]
        }
        let same = hello.version == SeismoVersion.current
        findings.insert(
            Finding(
                "runtime",
                same ? .good : .warning,
                "\(hello.name) \(hello.version) on \(hello.node)\(same ? "" : "; this program is \(SeismoVersion.current)"), \(hello.agents.map(\.id).joined(separator: ", "))"
            ),
            at: 0
        )
        findings.append(Finding("role", .good, hello.role.rawValue))
        if let now = answer.now {
            // The answer took as long to come as the question to go.
            let middle = (asked.timeIntervalSince1970 + Date().timeIntervalSince1970) * 500
            let difference = Double(now) - middle
            findings.append(
                Finding(
                    "clock",
                    abs(difference) < 5000 ? .good : .warning,
                    "the runtime's is \(Format.duration(abs(difference))) \(difference < 0 ? "behind" : "ahead")"
                )
            )
        }
        return findings
    }

    /// The store of a runtime on this machine.
    static func store() async -> [Finding] {
        do {
            let check = try await SessionStorage.sqlite(path: nil).check()
            return check.problems.map { Finding("store", .bad, $0) }
                + [Finding("store", check.problems.isEmpty ? .good : .bad, check.summary)]
        } catch let error as RuntimeError where error.code == "store_missing" {
            return [Finding("store", .good, "none yet")]
        } catch { return [Finding("store", .warning, "\(error)")] }
    }
}
