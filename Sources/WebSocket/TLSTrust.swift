internal import NIOCore
package import NIOSSL

/// How a client verifies the identity of a server (TLS, RFC 8446).
package struct TLSTrust: Sendable {
    /// An authority's file cannot be used.
    package struct Invalid: Error, CustomStringConvertible {
        package let description: String
    }

    private let context: NIOSSLContext

    /// Trusts what the system trusts, and what some certificates have signed, for the names that are in them.
    ///
    /// - Parameter certificates: in PEM; one that signed itself is trusted as well.
    /// - Throws: ``Invalid``.
    package init(also certificates: String) throws(Invalid) {
        do { context = try NIOSSLContext(configuration: Self.configuration(trusting: certificates)) } catch {
            throw Invalid(description: "The certificates cannot be used: \(error)")
        }
    }

    /// See ``init(also:)``.
    package static func configuration(trusting certificates: String) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        let known = try NIOSSLCertificate.fromPEMBytes(Array(certificates.utf8))
        configuration.additionalTrustRoots = [.certificates(known)]
        return configuration
    }

    /// - Parameter authority: the path of a PEM file with the certificates that are trusted; by default those that the
    ///   system trusts.
    /// - Throws: ``Invalid``.
    package init(authority: String? = nil) throws(Invalid) {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let authority {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority))
            }
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Invalid(description: "The authority '\(authority ?? "")' cannot be used: \(error)")
        }
    }

    /// - Parameter host: the name, or the address, that the server's certificate must have.
    func handler(for host: String) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    /// Why a handshake failed, in plain words; `nil` for any other error.
    package static func words(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let reason):
            let text = "\(reason)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                return "its certificate is not from a trusted authority, or not valid at this time"
            }
            if text.contains("WRONG_VERSION_NUMBER") { return "it does not speak TLS" }
            return "the TLS handshake failed"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return "its certificate is for another name"
        case NIOSSLError.uncleanShutdown: return "the connection was broken off"
        default: return nil
        }
    }
}
