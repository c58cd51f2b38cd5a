import { sep } from 'node:path'

/**
 * A path that works in every program. In an installed Laurel, Electron reads files from its archive (`app.asar`). Files that other programs or
 * native libraries need (the engine, models, C++ sources) are unpacked next to it, and only Electron itself maps one path to the other.
 */
export const onDisk = (path: string): string => path.replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`)
