/// The version that runtimes and inspectors say they are.
package enum SeismoVersion {
    package static let current = "0.1.0"
}
