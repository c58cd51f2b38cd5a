import type { Page } from 'playwright-core'
import type { Recorded, ToStandIn } from './stand-in/control.ts'

/** A test's handle on the desktop application: its page, its calls to Electron, and user actions outside the page. */
export interface Desk {
  readonly page: Page
  /** The values recorded for a call so far. */
  of(call: Recorded['call']): unknown[]
  /** Waits for a call whose value fits. Returns the value. */
  seen(call: Recorded['call'], fits?: (value: unknown) => boolean): Promise<unknown>
  tell(message: ToStandIn): void | Promise<void>
  /** Waits until the page has tried to navigate to `address`. */
  left(address: string): Promise<void>
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>
  /** Ends the application in any state. */
  end(): Promise<void>
}
