public import Foundation

extension CronExpression {
    /// The first run after a moment.
    ///
    /// Schedules are in wall-clock time. A fixed time that daylight saving skips runs once, at the first moment after
    /// the gap; one that comes twice runs the first time. A schedule whose minute or hour is a wildcard, `*` or `*/n`,
    /// keeps its pace: it runs in both passes of an hour that comes twice, and skips what falls into a gap.
    ///
    /// - Parameters:
    ///   - moment: milliseconds since 1970.
    ///   - zone: the time zone whose wall clock counts.
    /// - Returns: milliseconds since 1970, always later than `moment`; `nil` if there is none within thirty years.
    public func next(after moment: Int64, in zone: TimeZone) -> Int64? {
        let second = Int(CivilDate.floor(Int(moment), 1000))
        let clock = WallClock(zone: zone)
        if isWildcard { return nextPassing(after: second, clock).map { Int64($0) * 1000 } }
        var wall = second + clock.offset(at: second) + 1
        let limit = wall + 30 * 366 * 86_400
        while wall < limit, let candidate = nextWallTime(from: wall, before: limit) {
            let instant = clock.instant(ofWall: candidate)
            if instant > second { return Int64(instant) * 1000 }
            wall = candidate + 1
        }
        return nil
    }

    /// The first second after `second` at which the wall clock matches, in whichever pass of a repeated hour.
    private func nextPassing(after second: Int, _ clock: WallClock) -> Int? {
        var from = second + 1
        let limit = from + 30 * 366 * 86_400
        while from < limit {
            let offset = clock.offset(at: from)
            guard let wall = nextWallTime(from: from + offset, before: limit + offset) else { return nil }
            let instant = wall - offset
            // However far clocks are set back, an earlier pass of the same time is at most two days away.
            if instant - from > 3 * 86_400 {
                from = instant - 2 * 86_400
            } else if let change = clock.change(from: from, to: instant) {
                from = change
            } else {
                return instant
            }
        }
        return nil
    }

    /// The first matching wall time at or after `wall`, both in seconds since 1970 as if in UTC.
    private func nextWallTime(from wall: Int, before limit: Int) -> Int? {
        var day = CivilDate.floor(wall, 86_400)
        var timeOfDay = wall - day * 86_400
        while day * 86_400 < limit {
            let date = CivilDate(daysSince1970: day)
            if !month.contains(date.month) {
                day = firstDayOfNextMonth(date)
                timeOfDay = 0
                continue
            }
            if matchesDay(date), let time = nextTime(from: timeOfDay) { return day * 86_400 + time }
            day += 1
            timeOfDay = 0
        }
        return nil
    }

    private func firstDayOfNextMonth(_ date: CivilDate) -> Int {
        CivilDate(year: date.month == 12 ? date.year + 1 : date.year, month: date.month % 12 + 1, day: 1).daysSince1970
    }

    /// The first matching second of a day at or after `from`.
    private func nextTime(from: Int) -> Int? {
        var (h, m, s) = (from / 3600, from / 60 % 60, from % 60)
        guard let firstHour = hour.first(from: h) else { return nil }
        if firstHour != h { (h, m, s) = (firstHour, 0, 0) }
        if let firstMinute = minute.first(from: m) {
            if firstMinute != m { (m, s) = (firstMinute, 0) }
            if let firstSecond = second.first(from: s) { return h * 3600 + m * 60 + firstSecond }
            if let laterMinute = minute.first(from: m + 1) { return h * 3600 + laterMinute * 60 + firstOf(second) }
        }
        guard let laterHour = hour.first(from: h + 1) else { return nil }
        return laterHour * 3600 + firstOf(minute) * 60 + firstOf(second)
    }

    private func firstOf(_ field: CronField) -> Int { field.bits.trailingZeroBitCount }
}

/// Converts wall time to instants and back in one zone, all in seconds.
private struct WallClock {
    let zone: TimeZone

    func offset(at second: Int) -> Int { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))) }

    func instant(ofWall wall: Int) -> Int {
        let before = offset(at: wall - 86_400)
        let after = offset(at: wall + 86_400)
        guard before != after else { return wall - before }
        let early = wall - before
        if offset(at: early) == before { return early }
        let late = wall - after
        if offset(at: late) == after { return late }
        return transition(from: wall - 86_400, to: wall + 86_400, leaving: before)
    }

    /// The first second of a span, both ends included, whose offset differs from that at its beginning.
    func change(from start: Int, to end: Int) -> Int? {
        let offset = offset(at: start)
        var low = start
        while low < end {
            // No zone changes its offset twice within hours.
            let high = min(end, low + 3 * 3600)
            if self.offset(at: high) != offset { return bisect(low, high, leaving: offset) }
            low = high
        }
        return nil
    }

    /// The first second in the span whose offset is no longer `offset`.
    private func transition(from start: Int, to end: Int, leaving offset: Int) -> Int {
        bisect(start - 86_400, end + 86_400, leaving: offset)
    }

    private func bisect(_ low: Int, _ high: Int, leaving offset: Int) -> Int {
        var (low, high) = (low, high)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if self.offset(at: middle) == offset { low = middle } else { high = middle }
        }
        return high
    }
}
