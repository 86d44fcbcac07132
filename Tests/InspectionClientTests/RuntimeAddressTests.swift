import Testing

@testable import InspectionClient

@Suite("Addresses of runtimes")
struct RuntimeAddressTests {
    @Test(
        "addresses are read with and without scheme and port",
        arguments: [
            ("ws://127.0.0.1:3000", "127.0.0.1", 3000), ("localhost", "localhost", 3000),
            ("http://h:80/v1/inspect", "h", 80), ("ws://[::1]:4000", "::1", 4000), ("[::1]", "::1", 3000),
            ("wss://h", "h", 443), ("https://h:8443/", "h", 8443),
        ]
    )
    func address(text: String, host: String, port: Int) throws {
        let address = try RuntimeAddress(parsing: text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isSecure == (text.contains("wss") || text.contains("https")))
    }

    @Test("wrong addresses are refused", arguments: ["", "ws://", "ws://a b", "h:0", "h:99999", "h:x", "wss://"])
    func wrongAddress(text: String) {
        #expect(throws: RuntimeAddress.Problem.self) { try RuntimeAddress(parsing: text) }
    }
}
