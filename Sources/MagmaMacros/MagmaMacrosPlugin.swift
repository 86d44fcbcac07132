internal import SwiftCompilerPlugin
internal import SwiftSyntaxMacros

@main
struct MagmaMacrosPlugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [
        AgentMacro.self, UtilitiesMacro.self, ToolMacro.self, HookMacro.self, JobMacro.self, MiddlewareMacro.self,
        TransientMacro.self,
    ]
}
