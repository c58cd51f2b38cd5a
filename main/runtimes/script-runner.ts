import { runCommand } from './command.ts'

/** Runs one of Laurel's scripts in a separate process and returns its stdout. Throws an `Error` with the reason if it fails. */
export type ScriptRunner = (file: string, args: readonly string[], options: { readonly timeoutSeconds: number }) => Promise<string>

let runner: ScriptRunner = (file, args, options) => runCommand(process.execPath, [file, ...args], options)

/** Set how scripts are started when this process isn't Node itself (Electron). */
export function useScriptRunner(other: ScriptRunner): void {
  runner = other
}

export const runScript: ScriptRunner = (file, args, options) => runner(file, args, options)
