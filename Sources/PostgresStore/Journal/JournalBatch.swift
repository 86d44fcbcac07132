internal import MagmaRuntime
internal import Postgres
internal import SessionModel

/// Entries of journals as the arrays that ``JournalStatements/append`` takes: a column for each argument, and in each table a row
/// for what it gets. `n` counts entries from 1.
struct JournalBatch {
    private(set) var entries: [JournalEntry] = []
    private(set) var parts: [Int] = []
    private var epochs: [Int64?] = []
    private var segments = SegmentColumns()
    private var payloads = PayloadColumns()
    private var checkpoints = CheckpointColumns()
    private var answers = AnswerColumns()
    private var records = RecordColumns()
    private var exchanges = ExchangeColumns()

    /// Adds an entry with its companions: all of them are stored, or none.
    ///
    /// - Parameter part: the number of the entry among those that were handed in.
    mutating func add(_ entry: JournalEntry, part: Int, epochs known: [SessionKey: Int], _ shown: ShownTexts) {
        entries.append(entry)
        parts.append(part)
        epochs.append(Int64(entry.epoch == 0 ? known[entry.key] ?? 0 : entry.epoch))
        let n = Int64(entries.count)
        for segment in EventSegment.all(of: entry.events, texts: entry.encoded?.events ?? [], shown) {
            segments.add(segment, n)
            payloads.add(segment.packed, n)
        }
        if let checkpoint = entry.checkpoint {
            let packed = PackedJSON(checkpoint.json)
            checkpoints.add(checkpoint.seq, packed, n)
            payloads.add(packed, n)
        }
        for answer in entry.answers { answers.add(answer.request, answer.at, answer.answer, n) }
        if let record = entry.record {
            let first = entry.events.first?.seq ?? entry.checkpoint.map { $0.seq + 1 } ?? 1
            records.add(record, text: entry.encoded?.record ?? record.storedText, first, n)
        }
        for exchange in entry.exchanges { exchanges.add(exchange, shown, n) }
        for companion in entry.companions { add(companion, part: part, epochs: known, shown) }
    }

    /// - Parameter node: this process's number.
    func command(of node: Int64) -> Command {
        let arguments: [[Argument]] = [
            [
                .int(node), .ints(parts.map(Int64.init)), .texts(entries.map(\.key.agent)),
                .texts(entries.map(\.key.session)),
                .ints(epochs), .ints(entries.map { ($0.events.first?.seq).map(Int64.init) }),
                .ints(entries.map { ($0.events.last?.seq ?? $0.checkpoint?.seq).map(Int64.init) }),
            ],
            segments.arguments, payloads.arguments, checkpoints.arguments, answers.arguments,
            [.ints(entries.map { $0.record == nil ? 0 : 1 })], records.arguments, exchanges.arguments,
        ]
        return Command(statement: JournalStatements.append, arguments: Array(arguments.joined()))
    }

    /// Journals that begin at a checkpoint, without events before it.
    var begun: [Command] {
        entries.filter { $0.events.isEmpty }.compactMap { entry in
            entry.checkpoint.map {
                JournalStatements.begin(.text(entry.key.agent), .text(entry.key.session), .int(Int64($0.seq)))
            }
        }
    }
}

private struct SegmentColumns {
    private var numbers: [[Int64?]] = Array(repeating: [], count: 6)
    private var texts: [[String?]] = Array(repeating: [], count: 3)

    mutating func add(_ segment: EventSegment, _ n: Int64) {
        numbers.add([
            n, Int64(segment.first), Int64(segment.last), segment.at, segment.hasTicks ? 1 : 0, Int64(segment.size),
        ])
        texts.add([segment.packed.refs, segment.packed.text, SearchVector.of(segment.words)])
    }

    var arguments: [Argument] { numbers.map { .ints($0) } + texts.map { .texts($0) } }
}

private struct PayloadColumns {
    private var entries: [Int64?] = []
    private var texts: [[String?]] = Array(repeating: [], count: 2)

    mutating func add(_ packed: PackedJSON, _ n: Int64) {
        for payload in packed.storedPayloads {
            entries.append(n)
            texts.add([payload.hash, payload.body])
        }
    }

    var arguments: [Argument] { [.ints(entries)] + texts.map { .texts($0) } }
}

private struct CheckpointColumns {
    private var numbers: [[Int64?]] = Array(repeating: [], count: 2)
    private var texts: [[String?]] = Array(repeating: [], count: 2)

    mutating func add(_ seq: Int, _ packed: PackedJSON, _ n: Int64) {
        numbers.add([n, Int64(seq)])
        texts.add([packed.refs, packed.text])
    }

    var arguments: [Argument] { numbers.map { .ints($0) } + texts.map { .texts($0) } }
}

private struct AnswerColumns {
    private var numbers: [[Int64?]] = Array(repeating: [], count: 2)
    private var texts: [[String?]] = Array(repeating: [], count: 2)

    mutating func add(_ request: String, _ at: Int64, _ answer: StoredResponse, _ n: Int64) {
        numbers.add([n, at])
        texts.add([request, answer.stored.text])
    }

    var arguments: [Argument] { [.ints(numbers[0]), .texts(texts[0]), .ints(numbers[1]), .texts(texts[1])] }
}

private struct RecordColumns {
    private var entries: [Int64?] = []
    private var names: [[String?]] = Array(repeating: [], count: 5)
    private var numbers: [[Int64?]] = Array(repeating: [], count: 10)
    private var records: [String?] = []

    mutating func add(_ record: SessionRecord, text: String, _ first: Int, _ n: Int64) {
        entries.append(n)
        let row = RecordRow(record)
        names.add(row.names)
        numbers.add(row.numbers(first: first))
        records.append(text)
    }

    var arguments: [Argument] {
        [.ints(entries)] + names.map { .texts($0) } + numbers.map { .ints($0) } + [.texts(records)]
    }
}

private struct ExchangeColumns {
    private var entries: [Int64?] = []
    private var names: [[String?]] = Array(repeating: [], count: 4)
    private var numbers: [[Int64?]] = Array(repeating: [], count: 2)
    private var texts: [[String?]] = Array(repeating: [], count: 3)

    mutating func add(_ exchange: Exchange, _ shown: ShownTexts, _ n: Int64) {
        entries.append(n)
        let row = ExchangeRow(exchange, shown)
        names.add(row.names)
        numbers.add(row.numbers)
        texts.add(row.texts)
    }

    var arguments: [Argument] {
        [.ints(entries)] + names.map { .texts($0) } + numbers.map { .ints($0) } + texts.map { .texts($0) }
    }
}

extension [[Int64?]] {
    /// Adds a row to columns.
    fileprivate mutating func add(_ row: [Int64?]) { for index in row.indices { self[index].append(row[index]) } }
}

extension [[String?]] {
    fileprivate mutating func add(_ row: [String?]) { for index in row.indices { self[index].append(row[index]) } }
}

extension EventSegment {
    /// Bytes of its events.
    var size: Int { packed.text.utf8.count + packed.payloads.reduce(0) { $0 + $1.text.utf8.count } }
}
