extension RuntimeError {
    /// Whether the store would refuse anything: its disk is full, or does not answer.
    package var isOfWholeStore: Bool {
        [
            "store_full", "store_io", "store_locked", "store_read_only", "store_unopenable", "store_gone",
            "store_lease_lost",
        ].contains(code)
    }

    package static func store(_ code: String, _ message: String) -> RuntimeError {
        RuntimeError(.unavailable, "store_\(code)", message)
    }
}
