/// Pictures of a surface, for documents and bug reports.
extension Surface {
    /// The surface with its colours, as a terminal with direct colours takes it (ECMA-48 SGR).
    package func ansi(_ palette: Palette) -> String {
        var text = ""
        for y in 0..<size.height {
            for run in runs(ofRow: y) {
                let look = palette.look(of: run.style)
                text +=
                    "\u{1B}[0\(look.attributes.codes)\(look.foreground.code(38))\(look.background.code(48))m\(run.text)"
            }
            text += "\u{1B}[0m\n"
        }
        return text
    }

    /// The surface as SVG 1.1, in monospace fonts of which most machines have one.
    package func svg(_ palette: Palette, cell: (width: Double, height: Double) = (8.4, 18)) -> String {
        let background = palette[.text].background.hex ?? "#1e2127"
        let foreground = palette[.text].foreground.hex ?? "#d5d9e0"
        let (width, height) = (Double(size.width) * cell.width, Double(size.height) * cell.height)
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width + 16)) \(number(height + 16))" \
            font-family="'DejaVu Sans Mono', ui-monospace, Menlo, Consolas, monospace" font-size="14">
            <rect width="100%" height="100%" rx="6" fill="\(background)"/>

            """
        for y in 0..<size.height {
            let pieces = runs(ofRow: y).map { svg($0, y, palette, cell, (foreground, background)) }
            text += pieces.map(\.behind).joined() + pieces.map(\.text).joined()
        }
        return text + "</svg>\n"
    }

    private struct Run {
        let x: Int
        var width: Int
        var text: String
        let style: Style
    }

    private func svg(
        _ run: Run,
        _ y: Int,
        _ palette: Palette,
        _ cell: (width: Double, height: Double),
        _ standard: (foreground: String, background: String)
    ) -> (behind: String, text: String) {
        let look = palette.look(of: run.style)
        var (front, back) = (look.foreground.hex ?? standard.foreground, look.background.hex)
        if look.attributes.contains(.reverse) { (front, back) = (back ?? standard.background, front) }
        let (x, top) = (8 + Double(run.x) * cell.width, 8 + Double(y) * cell.height)
        let width = Double(run.width) * cell.width
        var behind = ""
        if let back, back != standard.background {
            behind =
                "<rect x=\"\(number(x))\" y=\"\(number(top))\" width=\"\(number(width))\" height=\"\(number(cell.height))\" fill=\"\(back)\"/>\n"
        }
        guard run.text.contains(where: { $0 != " " }) else { return (behind, "") }
        var more = ""
        if look.attributes.contains(.bold) { more += " font-weight=\"bold\"" }
        if look.attributes.contains(.underline) { more += " text-decoration=\"underline\"" }
        if look.attributes.contains(.dim) { more += " opacity=\"0.6\"" }
        // Renderers treat leading spaces differently, so they are skipped.
        let text = run.text.drop { $0 == " " }
        let skipped = Double(run.text.count - text.count) * cell.width
        let (left, base) = (number(x + skipped), number(top + cell.height * 0.74))
        let place = "x=\"\(left)\" y=\"\(base)\" textLength=\"\(number(width - skipped))\""
        return (
            behind,
            "<text xml:space=\"preserve\" \(place) lengthAdjust=\"spacingAndGlyphs\" fill=\"\(front)\"\(more)>\(escaped(String(text)))</text>\n"
        )
    }

    /// Adjacent ASCII cells of one style as one run; any other cluster is a run by itself, to begin in its own column.
    private func runs(ofRow y: Int) -> [Run] {
        var runs: [Run] = []
        for x in 0..<size.width {
            let cell = self[x, y]
            guard cell.width > 0 else { continue }
            let isPlain = cell.width == 1 && cell.cluster.isASCII
            if isPlain, let last = runs.last, last.style == cell.style, last.text.last?.isASCII == true {
                runs[runs.count - 1].text.append(cell.cluster)
                runs[runs.count - 1].width += 1
            } else {
                runs.append(Run(x: x, width: Int(cell.width), text: String(cell.cluster), style: cell.style))
            }
        }
        return runs
    }

    private func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

extension Style.Attributes {
    fileprivate var codes: String {
        (contains(.bold) ? ";1" : "") + (contains(.dim) ? ";2" : "") + (contains(.underline) ? ";4" : "")
            + (contains(.reverse) ? ";7" : "")
    }
}

extension Color {
    /// The code that chooses it, after 38 for the foreground or 48 for the background.
    fileprivate func code(_ plane: Int) -> String {
        switch self {
        case .standard: ""
        case .indexed(let index): ";\(plane);5;\(index)"
        case .rgb(let red, let green, let blue): ";\(plane);2;\(red);\(green);\(blue)"
        }
    }

    /// `#rrggbb`; `nil` for the terminal's own.
    package var hex: String? {
        func hex(_ red: Int, _ green: Int, _ blue: Int) -> String {
            "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        switch self {
        case .standard: return nil
        case .indexed(let index):
            let rgb = ColorMatch.rgb(index)
            return hex(rgb.red, rgb.green, rgb.blue)
        case .rgb(let red, let green, let blue): return hex(Int(red), Int(green), Int(blue))
        }
    }
}
