/** The one origin of Laurel's window. */
export const appScheme = 'app'
export const appHost = 'laurel'
export const appOrigin = `${appScheme}://${appHost}`

/** Whether an address lies within the window: app://laurel/..., without a port, a name or a password. */
export function isAppAddress(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && url.protocol === `${appScheme}:` && url.host === appHost && url.username === '' && url.password === ''
}
