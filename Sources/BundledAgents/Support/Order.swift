internal import Magma

/// An order of the shop: its facts follow from its number, so that they are the same each time.
struct Order: Codable, Sendable {
    var number: Int
    var status: String
    var carrier: String
    var item: String
    var cents: Int

    /// Orders have four digits.
    static func find(_ number: Int) -> Order? {
        guard (1000...9999).contains(number) else { return nil }
        return Order(
            number: number,
            status: ["shipped", "packed", "delivered", "waiting for stock"][number % 4],
            carrier: ["DHL", "UPS", "Post"][number % 3],
            item: ["a kettle", "two lamps", "a bicycle bell", "green tea", "a 急須 teapot"][number % 5],
            cents: 900 + number % 90 * 100
        )
    }

    /// - Throws: `ToolError` when there is none.
    static func found(_ number: Int) throws -> Order {
        guard let order = find(number) else { throw ToolError("There is no order \(number).") }
        return order
    }
}
