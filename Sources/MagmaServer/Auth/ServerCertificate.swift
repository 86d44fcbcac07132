internal import Dispatch
internal import Foundation
internal import InspectionServer
package import Logging
internal import MagmaRuntime
internal import NIOCore
package import NIOSSL
internal import Synchronization

/// A server's certificate and its key, in PEM files (RFC 7468) that are read again when they change.
package final class ServerCertificate: Sendable {
    private struct Loaded {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource
        /// Seconds since 1970.
        let validUntil: Int
    }

    private let certificate: String
    private let key: String
    private let log: Logger
    private let state: Mutex<(loaded: Loaded, stamps: [FileStamp?])>

    /// - Parameters:
    ///   - certificate: the path of the certificate, with those between it and its authority after it.
    ///   - key: the path of its private key.
    /// - Throws: ``RuntimeError`` `tls_invalid` when a file cannot be read, or the two do not belong together.
    package init(certificate: String, key: String, log: Logger) throws {
        self.certificate = certificate
        self.key = key
        self.log = log
        let stamps = [FileStamp(certificate), FileStamp(key)]
        let loaded = try Self.load(certificate, key)
        state = Mutex((loaded, stamps))
        warn(of: loaded)
    }

    /// Clients refuse an expired certificate, and say so only on their side.
    private func warn(of loaded: Loaded) {
        let until = Date(timeIntervalSince1970: TimeInterval(loaded.validUntil))
        guard until < Date() else { return }
        log.warning("The certificate has expired", metadata: ["file": "\(certificate)", "on": "\(until)"])
    }

    private static func load(_ certificate: String, _ key: String) throws -> Loaded {
        func failing<Value>(_ what: String, _ path: String, _ read: () throws -> Value) throws -> Value {
            do { return try read() } catch {
                throw RuntimeError(.malformed, "tls_invalid", "The \(what) '\(path)' cannot be used: \(error)")
            }
        }
        let chain = try failing("certificate", certificate) { try NIOSSLCertificate.fromPEMFile(certificate) }
        guard !chain.isEmpty else {
            throw RuntimeError(.malformed, "tls_invalid", "There is no certificate in '\(certificate)'.")
        }
        let secret = try failing("key", key) { try NIOSSLPrivateKey(file: key, format: .pem) }
        let loaded = Loaded(
            chain: chain.map { .certificate($0) },
            key: .privateKey(secret),
            validUntil: Int(chain[0].notValidAfter)
        )
        do {
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: loaded.chain, privateKey: loaded.key)
            )
        } catch {
            throw RuntimeError(
                .malformed,
                "tls_invalid",
                "The certificate '\(certificate)' and the key '\(key)' do not belong together: \(error)"
            )
        }
        return loaded
    }

    /// The certificate and what comes after it in its file, in PEM.
    package var pem: String? { try? String(contentsOfFile: certificate, encoding: .utf8) }

    /// TLS 1.2 or later; each handshake has the certificate that is in the file then.
    package var configuration: TLSConfiguration {
        let loaded = current
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: loaded.chain,
            privateKey: loaded.key
        )
        configuration.minimumTLSVersion = .tlsv12
        // A peer that does not answer the end of a connection is not waited for: a shutdown has ten seconds for everything.
        configuration.shutdownTimeout = .milliseconds(500)
        configuration.applicationProtocols = ["http/1.1"]
        configuration.sslContextCallback = { [self] _, promise in
            // Not on the connection's thread: what BoringSSL notes there of a file that it cannot use would end the
            // handshake.
            DispatchQueue.global().async {
                let loaded = self.current
                var override = NIOSSLContextConfigurationOverride()
                override.certificateChain = loaded.chain
                override.privateKey = loaded.key
                promise.succeed(override)
            }
        }
        return configuration
    }

    /// The content of the files; while that is unusable, the last usable content.
    private var current: Loaded {
        let stamps = [FileStamp(certificate), FileStamp(key)]
        return state.withLock { state in
            guard stamps != state.stamps else { return state.loaded }
            state.stamps = stamps
            do {
                state.loaded = try Self.load(certificate, key)
                log.info("The certificate was reloaded", metadata: ["from": "\(certificate)"])
                warn(of: state.loaded)
            } catch {
                log.error(
                    "The new certificate is invalid; the previous one stays in use",
                    metadata: ["error": "\(error)"]
                )
            }
            return state.loaded
        }
    }
}
