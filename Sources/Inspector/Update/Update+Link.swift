internal import DequeModule
internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    mutating func update(_ event: LinkEvent) -> [Effect] {
        switch event {
        case .up: return linkCameUp()
        case .down(let reason, let since, let retryAt):
            linkWentDown(reason, since, retryAt)
            return []
        case .connecting:
            if case .down = link.state { link.state = .connecting }
            return []
        case .answer(let id, let result, let roundTrip):
            guard let request = pending.removeValue(forKey: id) else { return [] }
            if case .success = result { link.roundTrip = roundTrip }
            return take(result.map(LongNames.cut), of: request.kind)
        case .notification(let method, let params): return notified(method, LongNames.cut(params))
        }
    }

    private mutating func linkCameUp() -> [Effect] {
        link.state = .up
        link.since = now
        pending = [:]
        list.watch = nil
        list.asksAgain = false
        dropHeldKeys()
        let hello = request(.hello, .hello, ["client": "seismo", "protocol": .string(Inspection.version)])
        let stats = request(.stats, .stats, [:])
        let watch = request(.watch, .watchSessions, windowQuery.json)
        return [hello, stats, watch]
            + attachEffects(after: detail?.isLoaded == true ? detail?.fold.seq : nil)
    }

    private mutating func linkWentDown(_ reason: String, _ since: Int64, _ retryAt: Int64) {
        if link.isUp { link.since = since }
        link.state = .down(reason: reason, retryAt: retryAt)
        if let bulk {
            notices.say(.failed, "\(bulk.title): the link was lost after \(bulk.done) of \(bulk.total).", at: now)
        }
        bulk = nil
        detail?.attachment = nil
        detail?.hookWatch = nil
        detail?.liveText = nil
        detail?.doing = nil
        detail?.forgetUnanswered()
    }

    // MARK: Answers

    private mutating func take(_ result: Result<JSON, RPCError>, of kind: PendingRequest.Kind) -> [Effect] {
        switch result {
        case .success(let json): return succeeded(kind, json)
        case .failure(let error): return failed(kind, error)
        }
    }

    private mutating func succeeded(_ kind: PendingRequest.Kind, _ json: JSON) -> [Effect] {
        switch kind {
        case .hello:
            hello = Hello(json: json)
            setClock(json)
            checkVersion(json)
            if hello == nil, link.problem == nil { link.problem = Self.unreadable("what it is") }
            return findWanted()
        case .probe: break
        case .find(let key): return found(key, true)
        case .stats:
            stats = RuntimeStats(json: json)
            setClock(json)
        case .watch: return show(SessionsPage(json: json), of: windowQuery)
        case .view(let query): return took(SessionsPage(json: json), of: query)
        case .attach(let key, let after): return attached(key, after, json)
        case .close: break
        case .history(let key): return tookHistory(key, json)
        case .olderTurns(let key, let goesBack): return tookTurns(key, json, goesBack: goesBack)
        case .needed(let key, let range): tookNeeded(key, range, json)
        case .hooks(let key):
            guard detail?.key == key else { break }
            detail?.hookWatch = json["watch"]?.string
            detail?.hooks.isLoaded = true
            let exchanges = exchanges(json)
            detail?.hooks.merge(exchanges.reversed())
        case .jobs(let key):
            if detail?.key == key { detail?.jobs.lanes = json["jobs"]?.array?.compactMap(JobStatus.init(json:)) ?? [] }
        case .exchange(let id):
            if let exchange = json["exchange"].flatMap(Exchange.init(json:)), exchange.id == id {
                detail?.hooks.opened = exchange
            }
        case .content(let fetch): return tookContent(fetch, json)
        case .moment(let key, let seq): return tookMoment(key, seq, json)
        case .snapshots(let key):
            if detail?.key == key {
                detail?.snapshots.show(json["snapshots"]?.array?.compactMap(SnapshotList.Row.init(json:)) ?? [])
            }
        case .compare(let title):
            overlay = .text(Overlay.Text(title: title, lines: differenceLines(json)))
        case .around(let key):
            let events = json["events"]?.array?.compactMap(SessionEvent.init(json:)) ?? []
            return tookEvents(around: key, events)
        case .audit: overlay = .text(Overlay.Text(title: "Who did what", lines: auditLines(json)))
        case .reveal(let path):
            let value = json["value"].map { $0.string ?? $0.text } ?? ""
            overlay = .text(
                Overlay.Text(title: "\(path) (this reveal is audited)", lines: [StyledLine(SafeText(value))])
            )
        case .cancel:
            let isCancelled = json["cancelled"]?.bool ?? true
            notices.say(
                isCancelled ? .done : .refused,
                isCancelled ? "Asked the turn to stop." : "Cancel the turn: none is in flight.",
                at: now
            )
        case .act(_, let done):
            notices.say(.done, done, at: now)
            return refreshJobs() + (detail?.tab == .snapshots ? loadSnapshots() : [])
        case .send: break
        case .replay(let original): return replayed(original, json)
        case .create: return created(json)
        case .restore(let key, _): notices.say(.done, "Restored \(key.session).", at: now)
        case .delete(let key):
            notices.say(.done, "Deleted the session \(key.session).", at: now)
            guard list.selected == key, focus != .compose else { return [] }
            list.selectNeighbour()
            return attachSelected()
        case .export:
            guard transfer != nil else { return stop(.export, json["export"]?.string) }
            transfer?.id = json["export"]?.string
        case .take:
            guard transfer != nil else { return stop(.take, json["import"]?.string) }
            transfer?.id = json["import"]?.string
            return [.file(.readNext)]
        case .takePiece(let isLast): return importGoesOn(json.count("events") ?? 0, isLast: isLast)
        case .takeEnd:
            transfer = nil
            return created(json["summary"] ?? json)
        case .bulk: return bulkAnswered(nil)
        case .lab:
            if let exchange = json["exchange"].flatMap(Exchange.init(json:)) { return openLab(on: exchange) }
        case .resolve: return resolved(.success(json))
        case .labReplay: return replayedInLab(.success(json))
        case .labChanges(let id):
            tookChanges(of: id, json["events"]?.array?.compactMap(SessionEvent.init(json:)) ?? [])
        }
        return []
    }

    private mutating func failed(_ kind: PendingRequest.Kind, _ error: RPCError) -> [Effect] {
        switch kind {
        case .view(let query): return refused(query, error)
        case .watch:
            list.filterError = error.message
            return []
        case .attach(let key, _):
            guard detail?.key == key else { return [] }
            if detail?.isLoaded == true, error.code == "session_not_found" {
                wentAway(key, error)
            } else {
                detail?.problem = error.description
            }
            return []
        case .probe(let key):
            if error.code == "session_not_found" { wentAway(key, error) }
            return []
        case .find(let key): return found(key, false)
        case .close, .stats, .around, .jobs, .snapshots, .needed, .history, .olderTurns: return []
        case .moment: detail?.past = nil
        case .bulk: return bulkAnswered(error)
        case .resolve: return resolved(.failure(error))
        case .labReplay: return replayedInLab(.failure(error))
        case .export:
            transfer = nil
            notices.say(.failed, "Export: \(error.description)", at: now)
            return [.file(.abandon)]
        case .take, .takePiece, .takeEnd:
            transfer = nil
            notices.say(.failed, "Import: \(error.description)", at: now)
            return [.file(.close)]
        case .restore(let key, let to) where error.code == "stale":
            return askToRestoreAnyway(key, to, error)
        case .send(let text, let key):
            composer.giveBack(text, key)
            if error.code == "session_not_found" { wentAway(key, error) }
        default: break
        }
        let isRefusal = error.number == RPCError.forbidden("", needs: .admin).number
        notices.say(isRefusal ? .refused : .failed, error.description, at: now)
        return []
    }

    mutating func show(_ page: SessionsPage?, of query: SessionsQuery) -> [Effect] {
        guard let page else {
            list.filterError = Self.unreadable("the list of sessions")
            return []
        }
        list.filterError = nil
        list.watch = page.watch
        list.filterShown = query.filter ?? ""
        let wasListed = isDetailListed
        // Nobody's hand is in the list any more when a message is being written.
        let canSelect = list.isChoosing && focus == .sessions
        list.isChoosing = false
        list.show(page, from: query.offset, height: layout.listHeight, canSelect: canSelect)
        if wantedSession != nil { list.selected = nil }
        return attachSelected() + followDetail(wasListed: wasListed) + viewWindowIfNeeded() + releaseKeys()
    }

    private static func unreadable(_ what: String) -> String {
        "The runtime's answer with \(what) cannot be read; it may speak another version of the protocol."
    }

    private mutating func checkVersion(_ json: JSON) {
        guard let theirs = json["protocol"].map({ $0.string ?? $0.text }), !theirs.isExactly(Inspection.version) else {
            return link.problem = nil
        }
        link.problem =
            "The runtime speaks version \(theirs.prefix(bytes: 20)) of the inspection protocol; this seismo speaks version \(Inspection.version)."
        notices.say(.failed, link.problem ?? "", at: now)
    }

    private mutating func wentAway(_ key: SessionKey, _ error: RPCError) {
        guard detail?.key == key else { return }
        detail?.gone = error.description
        detail?.attachment = nil
        detail?.liveText = nil
        detail?.doing = nil
        notices.say(.failed, "\(key.session) is gone: \(error.description)", at: now)
    }

    private mutating func attached(_ key: SessionKey, _ after: Int?, _ json: JSON) -> [Effect] {
        guard let attachment = json["attachment"]?.string, let head = json["head"].flatMap(SessionHead.init(json:))
        else {
            if detail?.key == key, detail?.isLoaded == false { detail?.problem = Self.unreadable("the session") }
            return []
        }
        guard detail?.key == key else {
            return [request(.close, .detach, ["attachment": .string(attachment)])] + attachEffects(after: nil)
        }
        detail?.attachment = attachment
        let isSame =
            after != nil && detail?.summary?.created == head.summary.created && head.seq >= detail?.fold.seq ?? 0
        if isSame { detail?.summary = head.summary } else { detail?.show(head) }
        detail?.noteCuts(in: json["head"]?["messages"]?.array ?? [])
        let session: JSON = ["agent": .string(key.agent), "session": .string(key.session)]
        let lists = [request(.hooks(key), .watchHooks, session)] + (detail?.tab == .snapshots ? loadSnapshots() : [])
        guard !isSame, head.seq > 0 else { return lists }
        detail?.forgetEvents()
        return lists + [history(before: head.seq + 1, of: key)]
    }

    private mutating func replayed(_ original: String, _ json: JSON) -> [Effect] {
        guard let exchange = json["exchange"].flatMap(Exchange.init(json:)) else { return [] }
        let status = exchange.response?.status ?? 0
        let target = exchange.session.map { " into \($0)" } ?? ""
        let text = "Replayed \(exchange.hook)\(target): \(status)" + (exchange.error.map { ", \($0)" } ?? "")
        notices.say(status >= 400 ? .failed : .done, text, at: now)
        if exchange.session == detail?.key.session { detail?.hooks.merge([exchange]) }
        return []
    }

    private mutating func created(_ json: JSON) -> [Effect] {
        guard let agent = json["agent"]?.string, let session = json["session"]?.string else { return [] }
        notices.say(.done, "Made the session \(session).", at: now)
        list.selected = SessionKey(agent: agent, session: session)
        return attachSelected()
    }

    private func exchanges(_ json: JSON) -> [Exchange] {
        json["exchanges"]?.array?.compactMap(Exchange.init(json:)) ?? []
    }

    // MARK: Notifications

    private mutating func notified(_ method: String, _ params: JSON) -> [Effect] {
        link.hasNews = true
        switch InspectionNotification(rawValue: method) {
        case .sessionsChanged:
            // While a filter is being answered these are still the rows of the one before.
            guard !list.isChoosing, let page = SessionsPage(json: params), page.watch == list.watch else { return [] }
            let wasListed = isDetailListed
            list.show(page, from: list.offset, height: layout.listHeight)
            if wantedSession != nil { list.selected = nil }
            return attachSelected() + followDetail(wasListed: wasListed) + viewWindowIfNeeded()
        case .sessionEvent:
            guard detail?.attachment != nil, params["attachment"]?.string == detail?.attachment,
                let event = params["event"].flatMap(SessionEvent.init(json:))
            else { return [] }
            detail?.apply(event)
            detail?.noteCuts(in: [params["event"]?["message"]].compactMap(\.self))
            if case .snapshotTaken = event.body, detail?.tab == .snapshots { return loadSnapshots() }
            if detail?.past != nil { return askForEvents() }
        case .turnDelta:
            guard params["attachment"]?.string == detail?.attachment, let turn = params["turn"]?.string else {
                return []
            }
            detail?.liveText = LiveText(turn: turn, text: params["text"]?.string ?? "")
        case .sessionBusy:
            if params["attachment"]?.string == detail?.attachment { detail?.doing = params["doing"]?.string }
        case .exportChunk: return tookPiece(params)
        case .exportEnd: return exportEnded(params)
        case .hooksChanged:
            guard params["watch"]?.string == detail?.hookWatch else { return [] }
            let exchanges = exchanges(params)
            detail?.hooks.merge(exchanges)
        case .stats, nil: break
        }
        return []
    }
}
