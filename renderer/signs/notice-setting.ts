import { create } from 'zustand'

const key = 'laurel.notices'

/** Whether this browser tells its user about runs while its window is hidden. Kept per browser, since each has its own permission. */
export const useNoticeSetting = create<{ readonly isOn: boolean }>(() => ({ isOn: stored() }))

/** The desktop's window has the system's own notifications, and a browser may have none. */
export const canNotify = (): boolean => window.laurel === undefined && 'Notification' in window

/** Turns notices on, after the browser has asked its user, or off. Returns whether the browser refused. */
export async function setNotices(isOn: boolean): Promise<'set' | 'refused'> {
  if (isOn && (await Notification.requestPermission()) !== 'granted') return 'refused'
  try {
    localStorage.setItem(key, String(isOn))
  } catch {
    // a browser that stores nothing forgets it when the window closes
  }
  useNoticeSetting.setState({ isOn })
  return 'set'
}

function stored(): boolean {
  try {
    return localStorage.getItem(key) === 'true' && canNotify() && Notification.permission === 'granted'
  } catch {
    return false
  }
}
