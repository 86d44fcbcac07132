package import SessionModel

/// Reads the journal of one session and tells what is wrong with it: holes, checkpoints that are not the fold of the events before
/// them, and a row that says something else. A pure value.
package struct JournalCheck: Sendable {
    /// What a store's row says of the session.
    package struct Row: Sendable, Hashable {
        /// What the session is called in problems.
        package var name: String
        /// Its row may then be behind its journal.
        package var isAwake: Bool
        package var seq: Int
        package var firstSeq: Int
        package var messages: Int

        package init(name: String, isAwake: Bool, seq: Int, firstSeq: Int, messages: Int) {
            self.name = name
            self.isAwake = isAwake
            self.seq = seq
            self.firstSeq = firstSeq
            self.messages = messages
        }
    }

    /// Sentences, each about one thing.
    package private(set) var problems: [String] = []
    /// Events that follow on each other.
    package private(set) var events = 0
    private let row: Row
    private let checkpoints: [Int: SessionFold]
    /// What the events so far make; `nil` when there is nothing to begin from, or a hole.
    private var fold: SessionFold?

    /// - Parameter checkpoints: by their `seq`; `nil` for one that cannot be read.
    package init(_ row: Row, checkpoints: [Int: SessionFold?]) {
        self.row = row
        self.checkpoints = checkpoints.compactMapValues { $0 }
        for (seq, checkpoint) in checkpoints.sorted(by: { $0.key < $1.key }) where checkpoint == nil {
            problems.append("\(row.name): the checkpoint \(seq) cannot be read.")
        }
        fold = row.firstSeq == 1 ? SessionFold() : self.checkpoints[row.firstSeq - 1]
        guard fold == nil else { return }
        problems.append(
            "\(row.name): the checkpoint \(row.firstSeq - 1) is missing, from which its journal is read."
        )
    }

    /// Takes the next events; whether more are of use.
    package mutating func take(_ events: some Sequence<SessionEvent>) -> Bool {
        for event in events {
            guard let seq = fold?.seq else { return false }
            guard event.seq == seq + 1 else {
                problems.append("\(row.name): event \(seq) is followed by event \(event.seq).")
                fold = nil
                return false
            }
            self.events += 1
            fold?.apply(event)
            if let checkpoint = checkpoints[event.seq], checkpoint != fold {
                problems.append("\(row.name): the checkpoint \(event.seq) is not what its journal says.")
            }
        }
        return fold != nil
    }

    /// Compares the journal's end with the row.
    package mutating func finish() {
        guard let fold, !row.isAwake || row.seq >= fold.seq else { return }
        if fold.seq != row.seq {
            problems.append("\(row.name): its journal ends at event \(fold.seq), not at \(row.seq).")
        } else if fold.messages.count != row.messages {
            problems.append("\(row.name): its journal leaves \(fold.messages.count) messages, not \(row.messages).")
        }
    }
}
