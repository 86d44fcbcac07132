/// The themes that ship, embedded in the binary.
package enum BuiltInThemes {
    /// TOML by the theme's name.
    package static let texts = [
        "gruvbox": text(PackageResources.gruvbox_toml), "high-contrast": text(PackageResources.high_contrast_toml),
        "mono": text(PackageResources.mono_toml), "seismo-dark": text(PackageResources.seismo_dark_toml),
        "seismo-light": text(PackageResources.seismo_light_toml), "solarized": text(PackageResources.solarized_toml),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
