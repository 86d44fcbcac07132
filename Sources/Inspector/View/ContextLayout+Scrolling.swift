internal import SessionModel

/// What of the context is on the screen, and where scrolling leads.
extension ContextLayout {
    /// The lines that are on the screen.
    func lines(height: Int) -> [StyledLine] {
        guard case .anchored(let id, let line) = scroll, let first = items.firstIndex(where: { $0.id == id }) else {
            return Array(lastLines(height))
        }
        var lines: [StyledLine] = []
        var place = first
        while lines.count < height + line, place < items.count {
            lines += self.lines(of: items[place])
            place += 1
        }
        return Array(lines.dropFirst(line).prefix(height))
    }

    private func lastLines(_ height: Int) -> ArraySlice<StyledLine> {
        var lines: [StyledLine] = []
        for item in items.reversed() {
            guard lines.count < height else { break }
            lines = self.lines(of: item) + lines
        }
        return lines.suffix(height)
    }

    /// Whether there are lines above and below those on the screen.
    func hasMore(height: Int) -> (above: Bool, below: Bool) {
        let (item, line) = place(height: height)
        let total = linesFrom(item, line, atMost: height + 1)
        return (item > 0 || line > 0, total > height)
    }

    /// Where the screen would be, so many lines further down.
    func scrolled(by distance: Int, height: Int) -> ContextScroll {
        guard !items.isEmpty else { return .following }
        var (item, line) = place(height: height)
        if distance < 0 {
            var left = -distance
            while left > 0, item > 0 || line > 0 {
                if line == 0 {
                    item -= 1
                    line = lines(of: items[item]).count
                }
                let step = min(left, line)
                line -= step
                left -= step
            }
        } else {
            var left = distance
            while left > 0, item < items.count {
                let rest = lines(of: items[item]).count - line
                if left < rest {
                    line += left
                    left = 0
                } else {
                    left -= rest
                    item += 1
                    line = 0
                }
            }
            if item >= items.count || linesFrom(item, line, atMost: height + 1) <= height { return .following }
        }
        if linesFrom(item, line, atMost: height + 1) <= height { return .following }
        return .anchored(message: items[item].id, line: line)
    }

    /// The item and the line in it that are at the top of the screen.
    private func place(height: Int) -> (item: Int, line: Int) {
        if case .anchored(let id, let line) = scroll, let item = items.firstIndex(where: { $0.id == id }) {
            return (item, line)
        }
        var left = height
        for place in items.indices.reversed() {
            let count = lines(of: items[place]).count
            if count >= left { return (place, count - left) }
            left -= count
        }
        return (0, 0)
    }

    private func linesFrom(_ item: Int, _ line: Int, atMost limit: Int) -> Int {
        var count = -line
        for place in item..<max(item, items.count) where count < limit { count += lines(of: items[place]).count }
        return count
    }

    /// Every line, by its message and its place in it.
    var allLines: [(id: String, line: Int, text: String)] {
        items.flatMap { item in lines(of: item).enumerated().map { (item.id, $0, $1.text) } }
    }

    /// The message that is copied: the first one on the screen, or the last one when the end is followed.
    func copyTarget(height: Int) -> Message? {
        if case .following = scroll {
            for case .message(let message) in items.reversed() { return message }
            return nil
        }
        let first = place(height: height).item
        for case .message(let message) in items[first...] { return message }
        return nil
    }
}
