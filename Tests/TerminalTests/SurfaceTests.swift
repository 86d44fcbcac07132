import Terminal
import Testing

@Suite("Surface", .timeLimit(.minutes(15)))
struct SurfaceTests {
    @Test("what is drawn is cut at the edges")
    func clipping() {
        var surface = Surface(size: Size(width: 5, height: 2))
        surface.draw("abcdefgh", x: 2, y: 0)
        surface.draw("xyz", x: -1, y: 1)
        surface.draw("no", x: 0, y: 5)
        #expect(surface.text == "  abc\nyz\n")
        // What is wholly outside changes nothing.
        for rect in [
            Rect(x: 9, y: 0, width: 3, height: 1), Rect(x: 0, y: 9, width: 3, height: 1),
            Rect(x: -9, y: -9, width: 3, height: 3),
        ] {
            surface.fill(rect)
            surface.restyle(rect) { $0 = Style(.bad) }
        }
        #expect(surface.text == "  abc\nyz\n")
    }

    @Test("a wide cluster at the edge is left out, and half of one never stays")
    func wide() {
        var surface = Surface(size: Size(width: 4, height: 1))
        surface.draw("a中文", x: 0, y: 0)
        #expect(surface.text == "a中\n")
        surface.draw("x", x: 2, y: 0)
        #expect(surface.text == "a x\n")
        surface.draw("中", x: 0, y: 0)
        surface.draw("y", x: 0, y: 0)
        #expect(surface.text == "y x\n")
    }

    @Test("every row is as wide as the surface", arguments: 0..<100)
    func rowWidth(seed: Int) {
        var surface = Surface(size: Size(width: 11, height: 1))
        for _ in 0..<20 {
            surface.draw(["中", "a", "👩‍👩‍👧", "e\u{301}"].randomElement() ?? "a", x: Int.random(in: -2..<12), y: 0)
        }
        #expect(Width.of(surface.text(row: 0)) == 11)
    }

    @Test("a box has its title in its edge")
    func box() {
        var surface = Surface(size: Size(width: 12, height: 3))
        surface.box(Rect(x: 0, y: 0, width: 12, height: 3), title: "Hi")
        #expect(surface.text == "╭ Hi ──────╮\n│          │\n╰──────────╯\n")
    }

    @Test("colours fall back to the nearest that a terminal has")
    func colors() {
        #expect(ColorMatch.nearest((255, 0, 0), of: 256) == 196)
        #expect(ColorMatch.nearest((250, 5, 5), of: 16) == 9)
        #expect(ColorMatch.nearest((200, 0, 0), of: 8) == 1)
    }
}
