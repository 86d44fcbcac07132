internal import Logging
internal import Magma
package import SessionModel

/// A runtime among others on one store.
extension Runtime {
    /// The process that has a session, by its address, or hosts its agent; `nil` when it is this one, or none.
    package func address(of key: SessionKey) async throws -> String? {
        guard store.isShared, directory.index.entry(key) == nil else { return nil }
        return address(of: key, at: try await store.place(of: key))
    }

    /// The same of a session that is at that place.
    package func address(of key: SessionKey, at place: StoredPlace?) -> String? {
        if let address = place?.address { return address }
        return hosts(key.agent) ? nil : store.host(of: key.agent, for: key.session)
    }

    /// Whether this process hosts an agent.
    package func hosts(_ agent: String) -> Bool { agents.contains { $0.id.isExactly(agent) } }

    /// The id of an agent of this process or another one on the store.
    ///
    /// - Throws: ``RuntimeError`` `agent_not_found`.
    package func agentID(_ id: String?) throws -> String {
        do { return try agent(id).id } catch let error as RuntimeError where error.address != nil { return id ?? "" }
    }

    /// - Throws: ``RuntimeError`` `session_elsewhere`.
    package func checkHere(_ key: SessionKey) async throws {
        if let address = try await address(of: key) { throw RuntimeError.sessionElsewhere(key, address) }
    }

    /// Where a session is; `nil` when there is none, and where only one process uses the store.
    package func place(of key: SessionKey) async throws -> StoredPlace? { try await store.place(of: key) }

    /// The processes that use the store, this one among them; none where there is only one.
    package var nodes: [RuntimeNode] { get async throws { try await store.nodes } }

    /// By which the processes that use the store trust each other; `nil` where there is only one.
    package var nodeSecret: String? {
        get async throws { store.isShared ? try await store.note("cluster secret")?.string : nil }
    }

    /// What this process is called among those that use the store; `nil` where there is only one.
    package var nodeName: String? { store.nodeName }

    /// Tells the others how this process is reached.
    package func announce(_ contact: NodeContact) async throws {
        var contact = contact
        contact.agents = agents.map(\.id)
        try await store.announce(contact)
    }

    /// A process that goes on and can take a session that nobody has; `nil` when there is none.
    package var otherNode: RuntimeNode? {
        get async throws {
            try await store.nodes.filter { !$0.isThisOne && !$0.isDraining && !$0.contact.address.isEmpty }
                .randomElement()
        }
    }

    /// Does what the others' coming and going asks for, until the task is cancelled. What others have taken is let go of at
    /// once; the rest waits for the store, which may not answer for long.
    func followNodes() async {
        let (others, happening) = AsyncStream.makeStream(of: NodeEvent.self, bufferingPolicy: .bufferingNewest(64))
        await withTaskGroup { group in
            group.addTask {
                var wasAlone = !self.store.hasOthers
                for await event in others {
                    await self.follow(event)
                    // The others' lists show of the sessions here what is stored.
                    if wasAlone, self.store.hasOthers {
                        await Maintenance.together(self.directory.allLoaded) { await $0.storeRow() }
                    }
                    wasAlone = !self.store.hasOthers
                }
            }
            for await event in store.nodeEvents {
                if case .lost = event { await dropAll() } else { happening.yield(event) }
            }
            happening.finish()
        }
    }

    private func follow(_ event: NodeEvent) async {
        switch event {
        case .lost: break
        case .othersGone: await takeOver()
        case .fewer: scheduler.walkAgain()
        case .renewed: if store.hasOthers { try? await services.pausedJobs.reload() }
        }
    }

    /// Milliseconds after which those who look at the list or at exchanges see what other processes have done.
    package static let othersPace: Int64 = 1000

    /// Has lists read again which others may have changed, until the task is cancelled.
    func refreshLists() async {
        guard store.isShared else { return }
        while (try? await time.sleep(milliseconds: Self.othersPace)) != nil {
            if store.hasOthers { directory.index.touch() }
        }
    }

    /// Whether other processes use the store at the moment.
    package var hasOthers: Bool { store.hasOthers }

    /// Whether other processes may change what is stored.
    package var isShared: Bool { store.isShared }

    /// Lets go of all sessions: others have taken them over.
    private func dropAll() async {
        for session in directory.allLoaded { await session.drop(because: .leaseLost(session.key)) }
        services.log.notice("All sessions were let go; they are read again when they are needed")
    }

    /// Brings to an end what processes that are gone have left in the middle, and ticks their sessions.
    private func takeOver() async {
        do {
            for key in try await store.takeOver() where agents.contains(where: { $0.id == key.agent }) {
                await wake(key)
            }
            try await Maintenance.closeExchanges(in: store)
            scheduler.walkAgain()
        } catch {
            services.log.error(
                "What a node that is gone has left cannot be read; it is tried again",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// Waking a session brings to an end what it was in the middle of. Here a client may wake it at the same moment, and begin
    /// another turn, which must go on.
    private func wake(_ key: SessionKey) async {
        do { try await directory.withSession(key, .ticking) { _ in } } catch let error as RuntimeError
            where error.address != nil
        {
            // Another process has it.
        } catch {
            services.log.error(
                "A session that was interrupted cannot be woken",
                metadata: ["session": "\(key)", "error": "\(error)"]
            )
        }
    }

    /// Brings turns and hooks to an end that a process was in the middle of when it went; before anything is asked of this one.
    func bringToAnEnd(_ interrupted: [SessionKey]) async {
        for key in interrupted where agents.contains(where: { $0.id == key.agent }) {
            // A session that cannot be repaired does not stop the others; waking it tries again.
            do {
                try await directory.withSession(key, .viewing) { try await InterruptedWork(session: $0).bringToAnEnd() }
            } catch let error as RuntimeError where error.address != nil {
                // Another process has done it.
            } catch {
                services.log.error(
                    "A session that was interrupted cannot be brought to an end",
                    metadata: ["session": "\(key)", "error": "\(error)"]
                )
            }
        }
    }

    /// For a shutdown: each session goes to sleep as soon as nothing is under way in it, so that the next request for it is
    /// answered by another process.
    func handOver() async {
        repeat {
            for session in directory.allLoaded { _ = await session.sleep(ifIdleSince: .infinity) }
        } while (try? await time.sleep(milliseconds: 50)) != nil
    }
}
