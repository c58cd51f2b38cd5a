import { contentSecurityPolicy } from '../common/renderer-files.ts'

/** Pages that the server generates, for browsers that aren't signed in and must not see the application's own. */

export interface SmallPage {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

const page = (title: string, content: string, more: Readonly<Record<string, string>> = {}): SmallPage => ({
  body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<h1>${title}</h1>
${content}
</html>
`,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy('none').replace("form-action 'none'", "form-action 'self'"),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    ...more,
  },
})

/** For a browser without a session: the reason and how to sign in. */
export const signInPage = (reason: string): SmallPage =>
  page(
    'Sign in to Laurel',
    `<p>${reason}</p>
<p>On the machine where Laurel runs, enter <code>laurel link</code> in a terminal. Open the address it prints, or paste the token at the end of that address here. Active runs continue.</p>
<form action="/" method="get"><label>Token <input name="token" autocomplete="off" required></label> <button>Sign in</button></form>`,
  )

/**
 * Sets the cookie and continues to the application. This is a page because browsers withhold a `SameSite=Strict` cookie after a redirect
 * that started from a file or another site.
 */
export const signedInPage = (cookie: string | undefined): SmallPage =>
  page(
    'Opening Laurel',
    '<meta http-equiv="refresh" content="0; url=/">\n<p><a href="/">Open Laurel</a></p>',
    cookie === undefined ? {} : { 'set-cookie': cookie },
  )
