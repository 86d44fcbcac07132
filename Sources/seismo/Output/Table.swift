internal import SessionModel
internal import Terminal

/// Rows in columns: on a terminal aligned, coloured and as wide as it is; elsewhere with tabs between them.
struct Table {
    struct Column {
        let title: SafeText
        var isRight = false
        /// Whether it is cut first where the columns are too wide together.
        var isFlexible = false
        /// Whether only `--output wide` has it.
        var isWide = false
    }

    struct Cell {
        let text: SafeText
        var role = ColorRole.text

        init(_ text: SafeText, _ role: ColorRole = .text) {
            self.text = text
            self.role = role
        }

        init(_ number: Int) { self.init(SafeText("\(number)")) }
    }

    private static let gap: SafeText = "  "

    private let output: Output
    private let columns: [Column]
    private let shown: [Int]

    init(_ columns: [Column], _ output: Output) {
        self.columns = columns
        self.output = output
        shown = columns.indices.filter { output.form == .wide || !columns[$0].isWide }
    }

    func write(_ rows: [[Cell]]) throws {
        var lines = output.hasHeader ? [columns.map { Cell($0.title, .faint) }] : []
        lines += rows
        guard let width = output.width else { return try write(plain: lines) }
        let widths = widths(of: lines, within: width)
        for line in lines { try output.write(text(of: line, widths) + "\n") }
    }

    /// One row more, of a table that is written while its rows come.
    ///
    /// - Parameter widths: of the columns on a terminal.
    func append(_ row: [Cell], widths: [Int]) throws {
        guard output.width != nil else { return try write(plain: [row]) }
        try output.write(text(of: row, widths) + "\n")
    }

    /// The header of a table that is written while its rows come.
    func begin(widths: [Int]) throws {
        if output.hasHeader { try append(columns.map { Cell($0.title, .faint) }, widths: widths) }
    }

    private func write(plain lines: [[Cell]]) throws {
        for line in lines {
            try output.write(shown.map { output.painted(line[$0].text, line[$0].role) }.joined(separator: "\t") + "\n")
        }
    }

    private func text(of line: [Cell], _ widths: [Int]) -> String {
        var text = ""
        for (place, column) in shown.enumerated() {
            let cell = line[column]
            let isLast = place == shown.count - 1
            let width = widths[column]
            let cut = width == 0 ? cell.text : cell.text.cut(to: width)
            let fill = SafeText(" ") * (isLast && !columns[column].isRight ? 0 : max(0, width - cut.width))
            let painted = output.painted(cut, cell.role)
            text += columns[column].isRight ? fill.string + painted : painted + fill.string
            if !isLast { text += Self.gap.string }
        }
        return text
    }

    /// The widths of all columns; with `--output wide` as wide as their texts are.
    private func widths(of lines: [[Cell]], within width: Int) -> [Int] {
        var widths = columns.indices.map { column in lines.map { $0[column].text.width }.max() ?? 0 }
        guard output.form != .wide else { return widths }
        let gaps = Self.gap.width * max(0, shown.count - 1)
        while true {
            let excess = shown.reduce(gaps) { $0 + widths[$1] } - width
            let flexible = shown.filter { columns[$0].isFlexible && widths[$0] > 8 }
            guard excess > 0, let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { return widths }
            widths[widest] = max(8, widths[widest] - excess)
        }
    }
}
