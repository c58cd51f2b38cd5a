import { contentSecurityPolicy } from '../common/renderer-files.ts'

/** The few pages that the server writes itself: nothing of Laurel's own is shown to whoever isn't signed in. */

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

/** For a browser without a session: why, and how to get one. */
export const signInPage = (reason: string): SmallPage =>
  page(
    'Sign in to Laurel',
    `<p>${reason}</p>
<p>In a terminal on the machine where Laurel runs, enter <code>laurel link</code> and open the address it prints, or paste the token at its end here. What is running goes on.</p>
<form action="/" method="get"><label>Token <input name="token" autocomplete="off" required></label> <button>Sign in</button></form>`,
  )

/**
 * Goes on to the application once the cookie is set. A page rather than a redirect: browsers hold a `SameSite=Strict` cookie back from a redirect
 * that a file or another site led to.
 */
export const signedInPage = (cookie: string | undefined): SmallPage =>
  page(
    'Opening Laurel',
    '<meta http-equiv="refresh" content="0; url=/">\n<p><a href="/">Open Laurel</a></p>',
    cookie === undefined ? {} : { 'set-cookie': cookie },
  )
