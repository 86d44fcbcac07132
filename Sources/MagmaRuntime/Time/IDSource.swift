internal import SessionModel

/// Where ids come from; tests give one that counts.
package protocol IDSource: Sendable {
    /// A new ULID of that moment.
    func ulid(at time: Int64) -> String
}

/// ULIDs of random bits.
package struct RandomIDs: IDSource {
    package init() {}

    package func ulid(at time: Int64) -> String {
        ULID(time: time, high: .random(in: .min ... .max), low: .random(in: .min ... .max)).description
    }
}
