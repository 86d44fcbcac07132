import Foundation
import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

/// A model that has been told things, as the link would have told it.
struct Fixture {
    static let now: Int64 = 1_800_000_000_000

    var model: InspectorModel
    /// Requests that wait for an answer, by method, newest last.
    private(set) var requests: [(id: Int, method: String, params: JSON)] = []

    init(
        width: Int = 120,
        height: Int = 36,
        agent: String? = nil,
        wanted session: String? = nil,
        keymap: KeyMap = KeyMap()
    ) {
        model = InspectorModel(
            profile: "local",
            size: Size(width: width, height: height),
            now: Self.now,
            zone: .gmt,
            agent: agent,
            session: session,
            keymap: keymap
        )
    }

    mutating func tell(_ message: UpdateMessage, others: (Effect) -> Void = { _ in }) {
        for effect in model.update(message) {
            if case .request(let id, let method, let params) = effect {
                requests.append((id, method, params))
            } else {
                others(effect)
            }
        }
    }

    mutating func press(_ keys: Key...) { for key in keys { tell(.input(.key(key))) } }

    mutating func type(_ text: String) { for character in text { press(.character(character)) } }

    /// Answers the oldest request of a method; whether there was one.
    @discardableResult
    mutating func answer(_ method: String, _ result: JSON, roundTrip: Double = 2) -> Bool {
        guard let index = requests.firstIndex(where: { $0.method == method }) else { return false }
        let request = requests.remove(at: index)
        tell(.link(.answer(request.id, .success(result), roundTrip: roundTrip)))
        return true
    }

    mutating func refuse(_ method: String, _ error: RPCError) {
        guard let index = requests.firstIndex(where: { $0.method == method }) else { return }
        let request = requests.remove(at: index)
        tell(.link(.answer(request.id, .failure(error), roundTrip: 1)))
    }

    func last(_ method: String) -> JSON? { requests.last { $0.method == method }?.params }

    mutating func notify(_ method: String, _ params: JSON) {
        tell(.link(.notification(method: method, params: params)))
    }

    mutating func event(_ body: SessionEvent.Body, cause: Int? = nil, turn: String? = nil) {
        let seq = (model.detail?.fold.seq ?? 0) + 1
        let event = SessionEvent(seq: seq, at: Self.now + Int64(seq) * 100, cause: cause, turn: turn, body: body)
        notify("session.event", ["attachment": "a1", "event": event.json])
    }

    /// The message in the context that keys are about.
    var messageAtCursor: Message? { model.pane.flatMap { $0.detail.context.message(in: $0) } }

    /// Whether it is shown with all that it holds.
    var isMessageUnfolded: Bool {
        messageAtCursor.map { model.detail?.context.unfolded.contains($0.id) == true } ?? false
    }

    mutating func mouse(_ kind: Mouse.Kind, _ x: Int, _ y: Int) {
        tell(.input(.mouse(Mouse(kind, at: Point(x: x, y: y)))))
    }

    /// What a message brings about outside; requests are noted as always.
    mutating func effects(_ message: UpdateMessage) -> [Effect] {
        var effects: [Effect] = []
        tell(message) { effects.append($0) }
        return effects
    }

    mutating func copied(_ key: Key) -> String? {
        for case .copy(let text) in effects(.input(.key(key))) { return text }
        return nil
    }
}

/// Compares a screen with the text that is committed for it; `UPDATE_SCREENS=1` writes it anew.
func expectScreen(_ model: InspectorModel, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let surface = model.view()
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Screens/\(name).txt")
    for y in 0..<surface.size.height {
        #expect(
            Width.of(surface.text(row: y)) == surface.size.width,
            "row \(y) of \(name)",
            sourceLocation: sourceLocation
        )
    }
    if ProcessInfo.processInfo.environment["UPDATE_SCREENS"] != nil {
        try (surface.text + surface.styles).write(to: file, atomically: true, encoding: .utf8)
    }
    let committed = try String(contentsOf: file, encoding: .utf8)
    #expect(surface.text + surface.styles == committed, "the screen \(name) is another", sourceLocation: sourceLocation)
}

extension Surface {
    /// Each row's pieces that are not plain text: from and up to which column, the role, what is behind, attributes.
    fileprivate var styles: String {
        (0..<size.height).map { y in
            var pieces: [(start: Int, style: Style)] = []
            for x in 0..<size.width where pieces.last?.style != self[x, y].style {
                pieces.append((x, self[x, y].style))
            }
            let ends = pieces.dropFirst().map(\.start) + [size.width]
            let words = zip(pieces, ends).filter { $0.0.style != .text }.map { piece, end in
                let style = piece.style
                let behind = style.background.map { "/\($0.rawValue)" } ?? ""
                let attributes = style.attributes.isEmpty ? "" : "+\(style.attributes.rawValue)"
                return "\(piece.start)-\(end) \(style.role.rawValue)\(behind)\(attributes)"
            }
            return "\(y): " + words.joined(separator: ", ") + "\n"
        }
        .joined()
    }
}
