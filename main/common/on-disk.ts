import { sep } from 'node:path'

/**
 * A path as every program sees it. In an installed Laurel, Electron reads files through its archive (`app.asar`); what other programs or
 * native libraries need (the engine, models, C++ sources) lies unpacked beside it, and only Electron itself takes one path for the other.
 */
export const onDisk = (path: string): string => path.replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`)
