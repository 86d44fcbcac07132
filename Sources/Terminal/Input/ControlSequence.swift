/// A control sequence of ECMA-48 (section 5.4): `Esc [`, parameters, intermediate bytes and a final one.
struct ControlSequence: Sendable, Hashable {
    /// `<`, `=`, `>` or `?` before the parameters: a private sequence.
    let prefix: UInt8?
    /// Parameters, each split at its colons; omitted ones are `nil`.
    let parameters: [[Int?]]
    let intermediates: [UInt8]
    let final: UInt8

    /// - Returns: `nil` when the bytes are not in that order.
    init?(_ bytes: [UInt8], _ final: UInt8) {
        var rest = bytes[...]
        if let first = rest.first, (0x3C...0x3F).contains(first) {
            prefix = first
            rest = rest.dropFirst()
        } else {
            prefix = nil
        }
        let end = rest.firstIndex { (0x20...0x2F).contains($0) } ?? rest.endIndex
        intermediates = Array(rest[end...])
        guard intermediates.allSatisfy({ (0x20...0x2F).contains($0) }),
            rest[..<end].allSatisfy({ (0x30...0x3B).contains($0) })
        else {
            return nil
        }
        parameters = rest[..<end].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
            $0.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map(Self.number)
        }
        self.final = final
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty else { return nil }
        guard digits.count <= 9 else { return .max }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// The first part of a parameter.
    func parameter(_ index: Int) -> Int? { parameters.indices.contains(index) ? parameters[index].first ?? nil : nil }

    func isFinal(_ scalar: Unicode.Scalar) -> Bool { final == UInt8(ascii: scalar) }

    /// Without a prefix and intermediate bytes, as keys are sent.
    var isPlain: Bool { prefix == nil && intermediates.isEmpty }

    var isPasteStart: Bool { isPlain && isFinal("~") && parameters == [[200]] }
}
