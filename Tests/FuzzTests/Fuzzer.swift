import Foundation

/// Makes inputs out of good ones: bytes changed, cut, doubled and mixed, and words put in that mean something to whoever
/// reads them. The same seed makes the same inputs.
///
/// A test makes a few thousand; `FUZZ_RUNS=1000000 swift test --filter FuzzTests` as many as are wanted, and
/// `FUZZ_SEED=2` others.
struct Fuzzer {
    static let runs = number("FUZZ_RUNS") ?? 3000

    /// As many runs as are wanted, which let other tests in between: nothing may hold a thread of theirs for seconds.
    struct Runs: AsyncSequence, AsyncIteratorProtocol {
        private var left = Fuzzer.runs

        func makeAsyncIterator() -> Runs { self }

        mutating func next() async -> Int? {
            guard left > 0 else { return nil }
            left -= 1
            if left % 16 == 0 { await Task.yield() }
            return left
        }
    }

    static let seed = UInt64(number("FUZZ_SEED") ?? 0x5EED)

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

    /// Bytes of the longest input.
    private static let longest = 4096

    private let corpus: [[UInt8]]
    private let words: [[UInt8]]
    private var state: UInt64

    init(_ corpus: [String], words: [String] = []) {
        self.corpus = corpus.map { Array($0.utf8) }
        self.words =
            (words + [
                "", "\0", "\u{1B}[31m", "\u{202E}", "é", "注", "👩‍👩‍👧", "\u{FEFF}", "-1", "1e999", "999999999999999999999",
                "%", "%zz", "\r\n",
            ])
            .map { Array($0.utf8) }
        state = Self.seed
    }

    private mutating func random(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(1, limit)))
    }

    mutating func bytes() -> [UInt8] {
        var bytes = corpus[random(corpus.count)]
        for _ in 0...random(4) { change(&bytes) }
        return Array(bytes.prefix(Self.longest))
    }

    mutating func text() -> String { String(decoding: bytes(), as: UTF8.self) }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = random(bytes.count + 1)
        switch random(9) {
        case 0: if place < bytes.count { bytes[place] = UInt8(random(256)) }
        case 1: if place < bytes.count { bytes[place] ^= 1 << UInt8(random(8)) }
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random(8)))
        case 3: bytes = Array(bytes[..<place])
        case 4: bytes.insert(contentsOf: words[random(words.count)], at: place)
        case 5:
            let piece = bytes[place..<min(bytes.count, place + random(40))]
            for _ in 0..<random(12) { bytes.insert(contentsOf: piece, at: place) }
        case 6:
            let other = corpus[random(corpus.count)]
            let start = random(other.count + 1)
            bytes.replaceSubrange(place..., with: other[start...])
        case 7:
            bytes.insert(
                contentsOf: [UInt8](repeating: [0x5B, 0x7B, 0x20, 0x30, 0x2A][random(5)], count: random(600)),
                at: place
            )
        default: bytes.insert(UInt8(random(256)), at: place)
        }
    }
}
