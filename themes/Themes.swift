/// The themes that ship, embedded in the binary.
package enum BuiltInThemes {
    /// TOML by the theme's name.
    package static let texts = [
        "seismo-dark": String(decoding: PackageResources.seismo_dark_toml, as: UTF8.self),
        "seismo-light": String(decoding: PackageResources.seismo_light_toml, as: UTF8.self),
    ]
}
