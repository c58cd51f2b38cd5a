/** The only two messages between a page's preload script and main: the page requests a port, and main sends it. */
export const connectChannel = 'laurel:connect'
export const portChannel = 'laurel:port'
