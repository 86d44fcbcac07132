internal import SessionModel

/// What of the context is on the screen, and where scrolling leads.
extension ContextLayout {
    /// The lines that are on the screen, and which item each is of.
    func shown(height: Int) -> [(item: Int, text: StyledLine)] {
        var shown: [(Int, StyledLine)] = []
        var (item, line) = place(height: height)
        while shown.count < height, item < items.count {
            shown += lines(of: items[item]).dropFirst(line).prefix(height - shown.count).map { (item, $0) }
            (item, line) = (item + 1, 0)
        }
        return shown
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

    /// The screen as it is, whatever comes after it.
    func top(height: Int) -> ContextScroll? {
        guard !items.isEmpty else { return nil }
        let (item, line) = place(height: height)
        return .anchored(message: items[item].id, line: line)
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

}

// MARK: The cursor

extension ContextLayout {
    /// The item that keys are about: the message that was chosen, or else the last one, or the first that is on the screen.
    func cursor(_ chosen: String?, height: Int) -> Int? {
        if let chosen, let item = items.firstIndex(where: { $0.id == chosen }) { return item }
        guard case .anchored = scroll else { return lastMessage(before: items.count) }
        let first = place(height: height).item
        return nextMessage(after: first - 1) ?? lastMessage(before: first)
    }

    /// The message that keys are about.
    func message(atCursor chosen: String?, height: Int) -> Message? {
        guard let item = cursor(chosen, height: height), case .message(let message) = items[item] else { return nil }
        return message
    }

    /// Where the cursor and the screen would be, a message further down or up; a message that is higher than the screen is
    /// gone through line by line.
    func moved(_ chosen: String?, by step: Int, height: Int) -> (cursor: String?, scroll: ContextScroll) {
        guard let now = cursor(chosen, height: height) else { return (nil, .following) }
        let top = place(height: height)
        let here = scroll == .following ? ContextScroll.anchored(message: items[top.item].id, line: top.line) : scroll
        let rows = rows(of: now, from: top)
        if step > 0 {
            if rows.upperBound > height, rows.lowerBound < height {
                return (items[now].id, scrolled(by: 1, height: height))
            }
            guard let next = nextMessage(after: now) else { return (nil, .following) }
            let down = self.rows(of: next, from: top)
            let distance = min(down.upperBound - height, down.lowerBound)
            let isLast = nextMessage(after: next) == nil
            let place = distance > 0 ? scrolled(by: distance, height: height) : here
            return isLast && place == .following ? (nil, .following) : (items[next].id, place)
        }
        if rows.lowerBound < 0 { return (items[now].id, scrolled(by: -1, height: height)) }
        guard let previous = lastMessage(before: now) else { return (items[now].id, scrolled(by: -1, height: height)) }
        let above = self.rows(of: previous, from: top).lowerBound
        return (items[previous].id, above < 0 ? scrolled(by: -min(-above, max(1, height - 1)), height: height) : here)
    }

    /// The message at the cursor after scrolling. If it is no longer visible: going down, the first visible one, else
    /// the last visible one. At the top, the first message of all; at the end, `nil`, which follows the last one.
    func kept(_ chosen: String?, goingDown: Bool, height: Int) -> String? {
        if goingDown, scroll == .following { return nil }
        if !goingDown, place(height: height) == (0, 0), let first = nextMessage(after: -1) { return items[first].id }
        let shown = Set(shown(height: height).map(\.item))
        if let chosen, let item = items.firstIndex(where: { $0.id == chosen }), shown.contains(item) { return chosen }
        let messages = shown.sorted().filter { if case .message = items[$0] { true } else { false } }
        return (goingDown ? messages.first : messages.last).map { items[$0].id }
    }

    /// The rows that an item takes, counted from the top of the screen.
    private func rows(of item: Int, from top: (item: Int, line: Int)) -> Range<Int> {
        var start = -top.line
        if item >= top.item {
            for place in top.item..<item { start += lines(of: items[place]).count }
        } else {
            for place in item..<top.item { start -= lines(of: items[place]).count }
        }
        return start..<(start + lines(of: items[item]).count)
    }

    private func nextMessage(after item: Int) -> Int? {
        items.indices.dropFirst(item + 1).first { if case .message = items[$0] { true } else { false } }
    }

    private func lastMessage(before item: Int) -> Int? {
        items.indices.prefix(item).last { if case .message = items[$0] { true } else { false } }
    }
}
