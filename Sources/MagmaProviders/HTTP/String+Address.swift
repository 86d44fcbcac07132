extension String {
    var withoutSlash: String { hasSuffix("/") ? String(dropLast()) : self }
    var isWebAddress: Bool { hasPrefix("https://") || hasPrefix("http://") }
}
