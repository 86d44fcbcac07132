/// The version that runtimes and inspectors say they are.
package enum SeismoVersion {
    package static let current = "0.1.0"
    /// When that version was made, as manual pages say it.
    package static let date = "2026-11-27"
}
