internal import Inspection
internal import SessionModel

/// A capsule that is being written or read.
struct Transfer: Sendable {
    enum Way: Sendable, Hashable { case export, take }

    let way: Way
    /// The session that is exported, or the id that is wanted for the imported one.
    let session: String
    let path: String
    /// What the runtime calls it; `nil` until it has answered.
    var id: String?
    var events = 0
    /// How many there are; `nil` when nobody knows.
    var total: Int?
    let since: Int64

    /// How far it is, with its rate.
    func words(at now: Int64) -> String {
        let rate = Double(events) * 1000 / Double(max(1, now - since))
        let of = total.map { " of \(Format.count($0))" } ?? ""
        return
            "\(way == .export ? "Exporting" : "Importing") \(path): \(Format.count(events))\(of) events, \(Format.count(Int(rate)))/s"
    }
}
