internal import Magma

/// Keeps card numbers from the model and out of replies, for any agent.
@Utilities
struct CardMasking {
    @Middleware(.preCompletion)
    func maskCards(_ message: Message) -> Message { CardMask.masked(message) }

    @Middleware(.onMainFinish)
    func maskCardsInReply(_ message: Message) -> Message { CardMask.masked(message) }
}

/// Takes card numbers out of text: runs of 13 to 19 digits that pass the Luhn check keep their last four.
enum CardMask {
    /// What stands for a hidden digit.
    private static let mark: Character = "•"

    static func masked(_ message: Message) -> Message {
        var message = message
        message.blocks = message.blocks.map { block in
            if case .text(let text, let cache) = block { .text(masked(text), cache: cache) } else { block }
        }
        return message
    }

    static func masked(_ text: String) -> String {
        var output = ""
        var run: [Character] = []
        for character in text + "\0" {
            if character.isASCII, character.isNumber || (!run.isEmpty && " -".contains(character)) {
                run.append(character)
            } else {
                output += masked(run)
                run = []
                output.append(character)
            }
        }
        return String(output.dropLast())
    }

    /// A masked text without what is left of the cards.
    static func removed(from text: String) -> String {
        var isCard = false
        return text.filter { character in
            isCard = character == mark || (isCard && (character.isNumber || " -".contains(character)))
            return !isCard
        }
    }

    private static func masked(_ run: [Character]) -> String {
        let digits = run.compactMap(\.wholeNumberValue)
        guard (13...19).contains(digits.count), passesLuhn(digits) else { return String(run) }
        var left = digits.count
        return String(
            run.map { character in
                guard character.isNumber else { return character }
                left -= 1
                return left < 4 ? character : mark
            }
        )
    }

    private static func passesLuhn(_ digits: [Int]) -> Bool {
        let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
            let doubled = digit.element * 2
            return sum + (digit.offset % 2 == 0 ? digit.element : doubled > 9 ? doubled - 9 : doubled)
        }
        return sum % 10 == 0
    }
}
