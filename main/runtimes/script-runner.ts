import { runCommand } from './command.ts'

/** Runs one of Laurel's own scripts in a process of its own; gives what it wrote to stdout. Throws an `Error` that says why it failed. */
export type ScriptRunner = (file: string, args: readonly string[], options: { readonly timeoutSeconds: number }) => Promise<string>

let runner: ScriptRunner = (file, args, options) => runCommand(process.execPath, [file, ...args], options)

/** Where this process is not Node itself (Electron), it says how such a process is started. */
export function useScriptRunner(other: ScriptRunner): void {
  runner = other
}

export const runScript: ScriptRunner = (file, args, options) => runner(file, args, options)
