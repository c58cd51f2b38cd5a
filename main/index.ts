import { beginDesktop } from './desktop/desktop.ts'

/** Electron's entry. */
beginDesktop()
