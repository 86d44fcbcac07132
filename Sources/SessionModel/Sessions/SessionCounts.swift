/// How many sessions there are: lasting ones by status, live temporary ones, and ended ones.
package struct SessionCounts: Sendable, Hashable {
    package var awake = 0
    package var asleep = 0
    package var temporary = 0
    package var ended = 0
    /// Awake sessions that are in trouble.
    package var troubled = 0

    package init() {}

    package var all: Int { awake + asleep + temporary + ended }
}
