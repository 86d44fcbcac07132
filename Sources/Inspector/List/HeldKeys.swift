internal import Inspection
internal import SessionModel
internal import Terminal

/// Keys after a filter, which wait until the list has its answer.
enum HeldKeys {
    // MARK: Keys after a filter

    /// Keys that are held at most.
    private static let maximum = 1000

    /// Whether keys must wait, because the list has not selected a row for the new filter yet.
    static func areHeld(_ model: InspectorModel) -> Bool {
        model.list.filter.isChoosing && ListWindow.isViewing(model) && !model.mode.isCovered && model.focus == .sessions
            && !model.mode.isFiltering
    }

    /// Keys that are about no session.
    private static let freeKeys: Set<Key> = [
        .escape, .control("c"), .control("l"), .character("/"), .character("!"), .character("?"), .character("q"),
    ]

    /// Holds a key until the filter is answered. Returns whether it was held.
    static func hold(_ key: Key, _ model: inout InspectorModel) -> Bool {
        if key == .escape { model.list.filter.heldKeys = [] }
        guard areHeld(model), key != .escape, key != .control("c"),
            !model.list.filter.heldKeys.isEmpty || !freeKeys.contains(key)
        else {
            return false
        }
        if model.list.filter.heldKeys.count < maximum { model.list.filter.heldKeys.append(key) }
        return true
    }

    /// Carries out the keys that waited for the filter.
    static func release(_ model: inout InspectorModel) -> [Effect] {
        let keys = model.list.filter.heldKeys
        model.list.filter.heldKeys = []
        // If the mouse has moved the focus or opened something meanwhile, drop the keys.
        guard !keys.isEmpty, model.focus == .sessions, !model.mode.isCovered else { return [] }
        guard model.list.selectedRow != nil else {
            model.notices.say(.refused, "No session fits the filter, so the keys after it did nothing.", at: model.now)
            return []
        }
        return keys.flatMap { model.press($0) }
    }

    static func drop(_ model: inout InspectorModel) {
        if !model.list.filter.heldKeys.isEmpty {
            model.notices.say(
                .refused,
                "The list could not be filtered, so the keys after the filter did nothing.",
                at: model.now
            )
        }
        model.list.filter.heldKeys = []
    }
}
