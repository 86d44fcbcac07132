internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// Texts that were found in all sessions, and what is looked for.
struct FoundTexts: Sendable {
    var input = TextInput()
    var results: [FoundText] = []
    /// Where the runtime goes on; `nil` when it has told all.
    var next: String?
    /// What the results are of; `nil` before the first answer.
    var shown: String?
    var error: String?
    var selected = 0

    /// What the runtime is asked for: the word that is being typed may go on.
    var query: String {
        let text = input.text.trimmed
        let isQuoted = text.count { $0 == "\"" } % 2 == 1
        guard let last = text.last, !isQuoted, last.isLetter || last.isNumber,
            input.text.last?.isWhitespace == false
        else { return text }
        return text + "*"
    }
}

/// Finding texts in all sessions, and going to where they are.
enum Finding {
    private static let page = 50

    /// Opens it with what was found last.
    static func open(_ model: inout InspectorModel) -> [Effect] {
        model.overlay = .found
        return ask(&model)
    }

    static func edit(_ model: inout InspectorModel, _ change: (inout TextInput) -> Void) -> [Effect] {
        change(&model.work.found.input)
        return ask(&model)
    }

    static func press(_ key: Key, _ model: inout InspectorModel) -> [Effect] {
        let last = max(0, model.work.found.results.count - 1)
        switch key {
        case .enter: return openSelected(&model)
        case .up: model.work.found.selected = max(0, model.work.found.selected - 1)
        case .pageUp: model.work.found.selected = max(0, model.work.found.selected - 10)
        case .down: return select(min(last, model.work.found.selected + 1), &model)
        case .pageDown: return select(min(last, model.work.found.selected + 10), &model)
        default: return edit(&model) { _ = $0.handle(key) }
        }
        return []
    }

    private static func select(_ row: Int, _ model: inout InspectorModel) -> [Effect] {
        model.work.found.selected = row
        let found = model.work.found
        guard row >= found.results.count - 1, let next = found.next, found.query == found.shown else { return [] }
        return ask(found.query, from: next, &model)
    }

    /// Asks for what is typed, one question at a time.
    private static func ask(_ model: inout InspectorModel) -> [Effect] {
        let found = model.work.found
        guard found.query != found.shown || found.error != nil else { return [] }
        guard !found.query.isEmpty else {
            model.work.found = FoundTexts(input: found.input)
            return []
        }
        return ask(found.query, from: nil, &model)
    }

    private static func ask(_ text: String, from cursor: String?, _ model: inout InspectorModel) -> [Effect] {
        guard model.link.isUp, !model.isPending(.search) else { return [] }
        let params = SearchParams { ($0.text, $0.cursor, $0.limit) = (text, cursor, page) }
        return [
            model.request(Methods.search, params, about: .search, waiting: "Searching") {
                $0.work.found = FoundTexts(input: $0.work.found.input, shown: text, error: $1.message)
                return goOn(&$0)
            } answered: {
                if cursor == nil { ($0.work.found.results, $0.work.found.selected) = ([], 0) }
                $0.work.found.results += $1.results
                // A runtime that repeats itself is not asked again.
                let next = $1.next == cursor ? nil : $1.next
                ($0.work.found.next, $0.work.found.shown, $0.work.found.error) = (next, text, nil)
                return goOn(&$0)
            }
        ]
    }

    /// Asks again when something else has been typed meanwhile, or nothing was in the part that was looked at.
    private static func goOn(_ model: inout InspectorModel) -> [Effect] {
        let found = model.work.found
        guard found.query == found.shown else { return ask(&model) }
        guard case .found? = model.overlay, found.results.isEmpty, let next = found.next else { return [] }
        return ask(found.query, from: next, &model)
    }

    // MARK: Where it is

    private static func openSelected(_ model: inout InspectorModel) -> [Effect] {
        let found = model.work.found
        guard found.results.indices.contains(found.selected) else { return [] }
        let result = found.results[found.selected]
        guard let session = result.session else {
            model.notices.say(.refused, "This webhook reached no session.", at: model.now)
            return []
        }
        let key = SessionKey(agent: result.agent, session: session)
        switch result.place {
        case .event(let seq, let kind): return Attaching.show(key, at: seq, on: tab(of: kind), &model)
        case .exchange(let id, _):
            return [
                model.request(Methods.getHook, ExchangeParams(id), waiting: "Opening the webhook") {
                    let seq = $1.exchange?.changed?.lowerBound
                    return Attaching.show(key, at: seq, on: .hooks, &$0)
                }
            ]
        }
    }

    /// The tab that shows what an event of that kind is about.
    private static func tab(of kind: String) -> TabID {
        switch kind.prefix(while: { $0 != "." }) {
        case "state": .state
        case "hook": .hooks
        case "tick": .jobs
        case "log", "middleware": .trace
        default: .context
        }
    }
}
