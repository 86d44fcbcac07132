internal import SessionModel

/// The last runs of a job, the newest first. When there are as many as are remembered, a new one takes the place of the oldest, and no
/// other one is moved.
struct RecentTicks: Sendable, Hashable, RandomAccessCollection, MutableCollection {
    /// How many are remembered.
    static let most = 16

    private var places: [Tick] = []
    /// The place of the oldest.
    private var oldest = 0

    var startIndex: Int { 0 }
    var endIndex: Int { places.count }

    subscript(position: Int) -> Tick {
        get { places[place(of: position)] }
        set { places[place(of: position)] = newValue }
    }

    private func place(of position: Int) -> Int { (oldest + places.count - 1 - position) % places.count }

    mutating func add(_ tick: Tick) {
        guard places.count == Self.most else { return places.append(tick) }
        places[oldest] = tick
        oldest = (oldest + 1) % places.count
    }
}
