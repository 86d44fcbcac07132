import Foundation
import Terminal
import TestSupport
import Testing

@Suite("What a terminal sends", .timeLimit(.minutes(15)))
struct InputDecoderTests {
    /// The inputs of bytes that come at once, after a long silence.
    private func inputs(_ text: String) -> [Input] { inputs(Array(text.utf8)) }

    private func inputs(_ bytes: [UInt8]) -> [Input] {
        var decoder = InputDecoder()
        return decoder.read(bytes, at: 0) + decoder.expire(at: 1e9)
    }

    @Test(
        "keys, as xterm, rxvt, the Linux console, kitty and fixterms send them",
        arguments: [
            ("\u{1B}[A", .up), ("\u{1B}OA", .up), ("\u{1B}[1;1A", .up), ("\u{1B}[B", .down), ("\u{1B}OD", .left),
            ("\u{1B}[C", .right), ("\u{1B}[H", .home), ("\u{1B}OH", .home), ("\u{1B}[1~", .home), ("\u{1B}[7~", .home),
            ("\u{1B}[F", .end), ("\u{1B}[4~", .end), ("\u{1B}[8~", .end), ("\u{1B}[3~", .delete),
            ("\u{1B}[5~", .pageUp), ("\u{1B}[6~", .pageDown), ("\u{1B}[Z", .backTab), ("\u{1B}[1;2Z", .backTab),
            ("\u{1B}OP", .function(1)), ("\u{1B}[11~", .function(1)), ("\u{1B}[[A", .function(1)),
            ("\u{1B}[[E", .function(5)), ("\u{1B}[P", .function(1)), ("\u{1B}[15~", .function(5)),
            ("\u{1B}[17~", .function(6)), ("\u{1B}[21~", .function(10)), ("\u{1B}[23~", .function(11)),
            ("\u{1B}[24~", .function(12)), ("\u{1B}OM", .enter), ("\u{1B}Op", .character("0")),
            ("\u{1B}Oy", .character("9")), ("\u{1B}Ok", .character("+")), ("\t", .tab), ("\r", .enter),
            ("\u{7F}", .backspace), ("\u{08}", .backspace), ("\u{01}", .control("a")), ("\u{1A}", .control("z")),
            ("\u{1B}", .escape), ("\u{1B}q", .alt("q")), ("\u{1B}é", .alt("é")), ("\u{1B}[", .alt("[")),
            ("\u{1B}O", .alt("O")), ("\u{1B}]", .alt("]")), ("\u{1B}P", .alt("P")), ("\u{1B}N", .alt("N")),
            ("\u{1B}[27u", .escape), ("\u{1B}[27;1u", .escape), ("\u{1B}[13u", .enter), ("\u{1B}[9u", .tab),
            ("\u{1B}[9;2u", .backTab), ("\u{1B}[127u", .backspace), ("\u{1B}[97u", .character("a")),
            ("\u{1B}[97;5u", .control("a")), ("\u{1B}[97;3u", .alt("a")), ("\u{1B}[97;2u", .character("A")),
            ("\u{1B}[97:65;2u", .character("A")), ("\u{1B}[97;65u", .character("a")), ("\u{1B}[91;5u", .escape),
            ("\u{1B}[228;1u", .character("ä")), ("\u{1B}[13;2u", .control("j")), ("\u{1B}\r", .control("j")),
            ("\u{1B}[27;5;97~", .control("a")), ("\u{1B}[27;2;13~", .control("j")), ("\u{1B}[97;1:2u", .character("a")),
            ("\u{1B}[57400u", .character("1")), ("\u{1B}[1;129A", .up),
        ] as [(String, Key)]
    )
    func keys(bytes: String, key: Key) { #expect(inputs(bytes) == [.key(key)], "\(bytes.debugDescription)") }

    @Test(
        "what is no key does nothing, whatever its bytes would be alone",
        arguments: [
            // The answers of terminals: colours, attributes, positions, modes, names, clipboards.
            "\u{1B}]4;3;rgb:0000/0000/0000\u{1B}\\", "\u{1B}]11;rgb:ffff/ffff/ffff\u{1B}\\",
            "\u{1B}]10;rgb:1/2/3\u{07}",
            "\u{1B}[?62;22c", "\u{1B}[>1;10;0c", "\u{1B}[24;80R", "\u{1B}[?2004;1$y", "\u{1B}[4;1$y", "\u{1B}[0n",
            "\u{1B}[8;24;80t", "\u{1B}P>|XTerm(380)\u{1B}\\", "\u{1B}P1+r544e=787465726d\u{1B}\\",
            "\u{1B}P1$r0m\u{1B}\\",
            "\u{1B}]52;c;cXF4\u{07}", "\u{1B}_Gi=31;OK\u{1B}\\", "\u{1B}^q\u{1B}\\", "\u{1B}Xq\u{1B}\\", "\u{1B}[?1u",
            "\u{1B}]l q\u{1B}\\", "\u{1B}[3;1;1;1*y",
            // Focus, keys that are let go, modifiers, keys that have no meaning here.
            "\u{1B}[I", "\u{1B}[O", "\u{1B}[25~", "\u{1B}[1;2P", "\u{1B}[1;5A", "\u{1B}[1;3D", "\u{1B}[5;5~",
            "\u{1B}[2~",
            "\u{1B}[3;2~", "\u{1B}O5A", "\u{1B}O1;5A", "\u{1B}[a", "\u{1B}Oa", "\u{1B}[23$", "\u{1B}[23^", "\u{1B}[23@",
            "\u{1B}\u{1B}[A", "\u{1B}\u{1B}OA", "\u{1B}[97;1:3u", "\u{1B}[97;9u", "\u{1B}[57441u", "\u{1B}[57358u",
            "\u{1B}[97;7u", "\u{1B}[E", "\u{1B}[1;2R", "\u{1B}[[F", "\u{1B}Nq", "\u{1B}[999999999999999999999A",
            "\u{1B}[27;5~", "\u{1B}[!p", "\u{1B}[1!2q", "\u{1B}[200;5~", "\u{1B}[<0;0;0M", "\u{1B}[<0;1M",
            "\u{1B}[0;1;1M",
            "\u{1B}[<99;1;1M", "\u{1B}[<0;99999;1M", "\u{1B}[201~", "\u{1B}\u{01}", "\u{1B} ", "\u{1B}[12\u{18}",
            "\u{00}",
        ]
    )
    func nothing(bytes: String) {
        // What comes after it counts.
        #expect(inputs(bytes + "x").last == .key(.character("x")), "\(bytes.debugDescription)")
        #expect(inputs(bytes + "x").count == 1, "\(bytes.debugDescription) \(inputs(bytes + "x"))")
    }

    @Test("UTF-8 comes whole in whatever pieces, and what is none becomes U+FFFD and takes nothing along")
    func utf8() {
        var decoder = InputDecoder()
        #expect(decoder.read([0xC3], at: 0).isEmpty)
        #expect(
            decoder.read([0xA9, 0x61, 0x62, 0x63], at: 500)
                == "éabc".map { .key(.character($0)) }
        )
        for bytes in [
            [0xC3, 0x61], [0xFF, 0x61], [0xE9, 0x61], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0xAF],
            [0xE2, 0x82, 0x1B, 0x61], [0xF0, 0x9F, 0x61],
        ] as [[UInt8]] {
            let text = String(decoding: bytes, as: UTF8.self).replacing("\u{1B}a", with: "")
            let read = inputs(bytes).compactMap {
                if case .key(.character(let character)) = $0 { character } else { nil }
            }
            #expect(String(read) == text, "\(bytes)")
        }
    }

    @Test("text comes out as it went in, in any pieces", arguments: 0..<20)
    func split(seed: Int) {
        var random = Seeded(UInt64(seed))
        let text = String(repeating: "世界é👍aनि", count: 400)
        var decoder = InputDecoder()
        var read = String.UnicodeScalarView()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...97, using: &random))
            rest = rest.dropFirst(piece.count)
            for case .key(.character(let character)) in decoder.read(piece, at: 0) {
                read.append(contentsOf: character.unicodeScalars)
            }
        }
        #expect(String(read).utf8.elementsEqual(text.utf8))
    }

    /// The pieces of a random stream: whole sequences of all kinds, halves of them, text and noise.
    private func stream(_ random: inout Seeded) -> [UInt8] {
        let known = [
            "\u{1B}", "\u{1B}[", "\u{1B}O", "\u{1B}]", "\u{1B}P", "\u{1B}[A", "\u{1B}[1;5A", "\u{1B}[<0;3;4M",
            "\u{1B}[M !!",
            "\u{1B}[200~", "\u{1B}[201~", "\u{1B}\\", "\u{07}", "q", "é", "世", "👍", "27", ";", "u", "~", "\u{1B}[97;5u",
            "\u{1B}]11;rgb:ff/ff/ff\u{07}", "\u{18}", "\r", "$", ":", "M", "<",
        ]
        return (0..<Int.random(in: 1...40, using: &random)).flatMap { _ -> [UInt8] in
            switch Int.random(in: 0...5, using: &random) {
            case 0: [UInt8.random(in: 0...255, using: &random)]
            default: Array((known.randomElement(using: &random) ?? "").utf8)
            }
        }
    }

    @Test("any split of any stream gives the same inputs, and keys work again once it is silent")
    func anySplit() {
        let rounds = ProcessInfo.processInfo.environment["FUZZ_RUNS"].flatMap { Int($0) } ?? 3000
        for seed in 0..<rounds {
            var random = Seeded(UInt64(seed))
            let bytes = stream(&random)
            let whole = inputs(bytes)
            var decoder = InputDecoder()
            var parted: [Input] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...4, using: &random))
                rest = rest.dropFirst(piece.count)
                parted += decoder.read(piece, at: 0)
            }
            parted += decoder.expire(at: 1e9)
            #expect(parted == whole, "seed \(seed): \(bytes)")
            let after = decoder.read(Array("x\u{1B}[A".utf8), at: 2e9)
            // Half a character is still waited for: what comes instead ends it.
            let keys = after.drop { $0 == .key(.character("\u{FFFD}")) }
            #expect(
                Array(keys) == [.key(.character("x")), .key(.up)] || Array(keys) == [.key(.alt("x")), .key(.up)],
                "seed \(seed): \(bytes)"
            )
            #expect(decoder.deadline == nil)
        }
    }

    @Test("a lone Esc is told from a sequence by time, also where it comes in pieces")
    func escape() {
        var decoder = InputDecoder()
        #expect(decoder.read([0x1B], at: 0).isEmpty)
        #expect(decoder.read(Array("[A".utf8), at: 60) == [.key(.up)])
        #expect(decoder.read([0x1B], at: 1000).isEmpty)
        #expect(decoder.deadline == 1000 + InputDecoder.escapeTime)
        #expect(decoder.expire(at: 1050).isEmpty)
        #expect(decoder.expire(at: 1100) == [.key(.escape)])
        #expect(decoder.read(Array("[A".utf8), at: 1200) == [.key(.character("[")), .key(.character("A"))])
        // A sequence that breaks off does not take the next key along.
        #expect(decoder.read(Array("\u{1B}[1;".utf8), at: 2000).isEmpty)
        #expect(decoder.read(Array("q".utf8), at: 3000) == [.key(.character("q"))])
        #expect(decoder.read(Array("\u{1B}]0;never".utf8), at: 4000).isEmpty)
        #expect(decoder.read(Array("q".utf8), at: 5000) == [.key(.character("q"))])
    }

    @Test("what a paste has inside is text, and an unfinished one ends after a second of silence")
    func paste() {
        #expect(
            inputs("\u{1B}[200~a\u{1B}[A\u{1B}OPq\r\nb\rc\u{1B}[201~x") == [
                .paste("a\u{1B}[A\u{1B}OPq\nb\nc"), .key(.character("x")),
            ]
        )
        var decoder = InputDecoder()
        #expect(decoder.read(Array("\u{1B}[200~half".utf8), at: 0).isEmpty)
        #expect(decoder.expire(at: 999).isEmpty)
        #expect(decoder.expire(at: 1000) == [.paste("half")])
        #expect(decoder.read(Array("q".utf8), at: 1001) == [.key(.character("q"))])
        #expect(decoder.read(Array("\u{1B}[200~x\u{1B}[201".utf8), at: 2000).isEmpty)
        #expect(decoder.read(Array("~".utf8), at: 2001) == [.paste("x")])
    }

    @Test("Ctrl-C by itself ends a paste whose end was lost")
    func lostPaste() {
        var decoder = InputDecoder()
        #expect(decoder.read(Array("\u{1B}[200~ab".utf8), at: 0).isEmpty)
        #expect(decoder.read(Array("q".utf8), at: 300).isEmpty)
        #expect(decoder.read([3], at: 600) == [.paste("abq"), .key(.control("c"))])
        #expect(decoder.read(Array("q".utf8), at: 601) == [.key(.character("q"))])
        #expect(decoder.read(Array("\u{1B}[200~a\u{3}b\u{1B}[201~".utf8), at: 700) == [.paste("a\u{3}b")])
    }

    @Test("a paste of 1 MB is taken, a larger one is refused whole")
    func largePaste() {
        let most = InputDecoder.maximumPaste
        let text = String(repeating: "a", count: most)
        #expect(inputs("\u{1B}[200~\(text)\u{1B}[201~") == [.paste(text)])
        #expect(inputs("\u{1B}[200~\(text)bc\u{1B}[201~x") == [.pasteRefused(bytes: most + 2), .key(.character("x"))])
    }

    @Test("the mouse, by both of xterm's reports")
    func mouse() {
        let at = Point(x: 2, y: 3)
        for (bytes, kind) in [
            ("\u{1B}[<0;3;4M", Mouse.Kind.press), ("\u{1B}[<0;3;4m", .release), ("\u{1B}[<32;3;4M", .drag),
            ("\u{1B}[<64;3;4M", .wheelUp), ("\u{1B}[<65;3;4M", .wheelDown), ("\u{1B}[<16;3;4M", .press),
            ("\u{1B}[M #$", .press), ("\u{1B}[M##$", .release), ("\u{1B}[M@#$", .drag), ("\u{1B}[M`#$", .wheelUp),
        ] {
            #expect(inputs(bytes) == [.mouse(Mouse(kind, at: at))], "\(bytes.debugDescription)")
        }
    }

    @Test("the background is heard only when it was asked for")
    func background() {
        var decoder = InputDecoder()
        decoder.awaitsBackground = 2000
        #expect(
            decoder.read(Array("\u{1B}]11;rgb:ffff/ffff/f0f0\u{1B}\\".utf8), at: 10) == [.background(isLight: true)]
        )
        #expect(decoder.read(Array("\u{1B}]11;rgb:ffff/ffff/f0f0\u{07}".utf8), at: 20).isEmpty)
        decoder.awaitsBackground = 2000
        #expect(decoder.read(Array("\u{1B}]11;rgb:1/2\u{07}".utf8), at: 10).isEmpty)
        #expect(decoder.read(Array("\u{1B}]11;rgb:0000/0000/0000\u{07}".utf8), at: 3000).isEmpty)
        #expect(!decoder.canDisambiguate)
        _ = decoder.read(Array("\u{1B}[?0u".utf8), at: 4000)
        #expect(decoder.canDisambiguate)
    }
}
