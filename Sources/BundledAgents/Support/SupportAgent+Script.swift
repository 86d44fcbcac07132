internal import Magma
internal import MagmaProviders

extension SupportAgent {
    /// A model that knows the shop's few dialogues.
    static func script(pace: Duration) -> Script {
        Script(pace: pace) { request in
            if let result = request.freshResults.last { return [.text(say(result))] }
            return begin(request.lastUserText, call: request.newCallID)
        }
    }

    private static func begin(_ text: String, call id: String) -> [Block] {
        let words = text.lowercased()
        let number = CardMask.removed(from: text).split { !$0.isNumber }.lazy.compactMap { Int($0) }.first { $0 > 99 }
        if words.contains("refund"), let number {
            let cents = Order.find(number)?.cents ?? 100
            return [
                .toolCall(ToolCall(id: id, name: "refund", arguments: ["number": .int(number), "cents": .int(cents)]))
            ]
        }
        if let number, words.contains("order") || words.contains("parcel") || words.contains("where") {
            return [
                .text("Let me look that up. "),
                .toolCall(ToolCall(id: id, name: "find_order", arguments: ["number": .int(number)])),
            ]
        }
        if ["broken", "ticket", "complain", "problem", "help me"].contains(where: words.contains) {
            return [
                .toolCall(
                    ToolCall(id: id, name: "open_ticket", arguments: ["subject": .string(String(text.prefix(60)))])
                )
            ]
        }
        if words.contains("thank") { return [.text("You are welcome! Is there anything else I can do for you?")] }
        return [
            .text(
                "I can look up an order by its number, refund it, or open a ticket for a person to look at. What shall it be?"
            )
        ]
    }

    private static func say(_ result: ToolResult) -> String {
        if result.isError { return "I am sorry, that did not work: \(result.result.string ?? result.result.text)" }
        switch result.name {
        case "find_order":
            let order = result.result
            let item = order["item"]?.string ?? "your order"
            return
                "Order \(order["number"]?.int ?? 0), \(item), is \(order["status"]?.string ?? "unknown"); it goes with \(order["carrier"]?.string ?? "a carrier")."
        case "refund":
            let cents = result.result["refunded"]?.int ?? 0
            return "Done: \(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100) are on their way back to you."
        case "open_ticket":
            return "I have opened ticket \(result.result["ticket"]?.int ?? 0); a colleague will look at it today."
        default: return "Done."
        }
    }
}
