import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

/// Uses the interface as a person does: a test reads as what is pressed, and what is then on the screen.
final class Driver {
    private var fixture: Fixture

    /// The interface on a runtime with some sessions, the first of which is opened.
    init(width: Int = 120, height: Int = 36, as role: Role = .operator) {
        fixture = Fixture.opened(width: width, height: height)
        fixture.model.link.hello?.role = role
    }

    /// Selects a session of the list and opens it.
    @discardableResult
    func open(_ session: String, sourceLocation: SourceLocation = #_sourceLocation) -> Driver {
        fixture.press(.home)
        for _ in fixture.model.list.rows where fixture.model.list.selected?.session != session { fixture.press(.down) }
        #expect(fixture.model.list.selected?.session == session, "it is listed", sourceLocation: sourceLocation)
        fixture.press(.enter)
        return self
    }

    @discardableResult
    func tab(_ tab: TabID, sourceLocation: SourceLocation = #_sourceLocation) -> Driver {
        let action = fixture.model.actions["tab.\(tab.title.lowercased())"]
        if let key = action?.keys.first { fixture.press(key) }
        #expect(fixture.model.detail?.tab == tab, sourceLocation: sourceLocation)
        return self
    }

    /// Presses keys by the names that help has for them, such as `r`, `Ctrl-S`, `Enter`.
    @discardableResult
    func press(_ keys: String..., sourceLocation: SourceLocation = #_sourceLocation) -> Driver {
        for name in keys {
            guard let key = Key(parsing: name) else {
                Issue.record("'\(name)' is no key", sourceLocation: sourceLocation)
                continue
            }
            fixture.press(key)
        }
        return self
    }

    @discardableResult
    func type(_ text: String) -> Driver {
        fixture.type(text)
        return self
    }

    /// The runtime answers what it was asked.
    @discardableResult
    func answer<Params, Result>(
        _ method: Method<Params, Result>,
        _ result: Result,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Driver {
        let isAsked = fixture.answer(method.name, result.json)
        #expect(isAsked, "\(method.name) was asked", sourceLocation: sourceLocation)
        return self
    }

    /// What the runtime was asked last.
    func asked<Params, Result>(_ method: Method<Params, Result>) throws -> Params {
        try Params(try #require(fixture.last(method.name), "\(method.name) was asked"))
    }

    /// The runtime tells of an event of the session.
    @discardableResult
    func event(_ body: SessionEvent.Body) -> Driver {
        fixture.event(body)
        return self
    }

    @discardableResult
    func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> Driver {
        let screen = fixture.model.view().text
        #expect(screen.contains(text), "the screen says '\(text)'", sourceLocation: sourceLocation)
        return self
    }

    @discardableResult
    func expectNot(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> Driver {
        let screen = fixture.model.view().text
        #expect(!screen.contains(text), "the screen does not say '\(text)'", sourceLocation: sourceLocation)
        return self
    }
}
