internal import CPostgres

/// What a statement answered, as text.
package struct Rows: Sendable, RandomAccessCollection {
    package struct Row: Sendable {
        fileprivate let values: ArraySlice<String?>

        /// - Parameter column: from 0; one that is not there is `nil`.
        package subscript(column: Int) -> String? {
            column < values.count ? values[values.startIndex + column] : nil
        }

        package func int(_ column: Int) -> Int64? { self[column].flatMap { Int64($0) } }

        package func bool(_ column: Int) -> Bool { self[column] == "t" }

        /// The row without its first columns.
        package func dropFirst(_ columns: Int) -> Row { Row(values: values.dropFirst(columns)) }
    }

    let columns: Int
    private let values: [String?]
    package let count: Int

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }
    package subscript(row: Int) -> Row { Row(values: values[row * columns..<(row + 1) * columns]) }

    /// No rows.
    package init() {
        columns = 0
        values = []
        count = 0
    }

    init(_ result: OpaquePointer, _ pq: LibPQ) {
        let (count, columns) = (pq.PQntuples(result), pq.PQnfields(result))
        self.columns = Int(columns)
        self.count = Int(count)
        values = (0..<count).flatMap { row in
            (0..<columns).map { column in
                guard pq.PQgetisnull(result, row, column) == 0, let start = pq.PQgetvalue(result, row, column) else {
                    return nil
                }
                let bytes = UnsafeRawBufferPointer(start: start, count: Int(pq.PQgetlength(result, row, column)))
                return String(decoding: bytes, as: UTF8.self)
            }
        }
    }
}
