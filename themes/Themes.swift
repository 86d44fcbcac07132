/// The themes that ship, embedded in the binary.
package enum BuiltInThemes {
    /// YAML by the theme's name.
    package static let texts = [
        "gruvbox": text(PackageResources.gruvbox_yaml), "high-contrast": text(PackageResources.high_contrast_yaml),
        "mono": text(PackageResources.mono_yaml), "seismo-dark": text(PackageResources.seismo_dark_yaml),
        "seismo-light": text(PackageResources.seismo_light_yaml), "solarized": text(PackageResources.solarized_yaml),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
