/** The origin of Laurel's window. */
export const appScheme = 'app'
export const appHost = 'laurel'
export const appOrigin = `${appScheme}://${appHost}`

/** Whether an address belongs to the application: app://laurel/..., without a port or credentials. */
export function isAppAddress(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && url.protocol === `${appScheme}:` && url.host === appHost && url.username === '' && url.password === ''
}
