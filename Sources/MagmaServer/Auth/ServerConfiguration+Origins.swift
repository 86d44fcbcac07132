extension ServerConfiguration {
    func allows(origin: String) -> Bool { origins.contains("*") || origins.contains(origin) }

    /// Whether a WebSocket may be opened: programs send no origin, and a page of the server's own is at home.
    func allows(origin: String?, host: String?) -> Bool {
        guard let origin else { return true }
        if let host, origin == "http://\(host)" || origin == "https://\(host)" { return true }
        return allows(origin: origin)
    }
}
