/// How many sessions there are of each sort: lasting ones by status, temporary ones that live, and ended ones.
package struct SessionCounts: Sendable, Hashable {
    package var awake = 0
    package var asleep = 0
    package var temporary = 0
    package var ended = 0
    /// Those of the sessions that are awake which are in trouble.
    package var troubled = 0

    package init() {}

    package var all: Int { awake + asleep + temporary + ended }
}
