internal import ArgumentParser

/// `seismo sessions`: the list of sessions, and what one can do with one of them.
struct Sessions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "List sessions, look into one, and change it.",
        discussion: """
            A session is written AGENT/SESSION, or SESSION where the runtime has one agent. A moment of it is AGENT/SESSION@SEQ or \
            AGENT/SESSION@SNAPSHOT.
            """,
        subcommands: [
            SessionsList.self, SessionsShow.self, SessionsSearch.self, SessionsEvents.self, SessionsSend.self,
            SessionsCreate.self,
            SessionsCancel.self, SessionsKeep.self, SessionsEnd.self, SessionsDelete.self, SessionsFork.self,
            SessionsRestore.self, SessionsSnapshot.self, SessionsEdit.self, SessionsDiff.self, SessionsExport.self,
            SessionsImport.self, SessionsRerun.self,
        ],
        defaultSubcommand: SessionsList.self
    )
}
