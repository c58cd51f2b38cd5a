import { franc } from 'franc'
import { z } from 'zod'
import { type CheckKinds, checkKind } from './check-kind.ts'

/** The languages that IFEval asks for, by their ISO 639-1 codes, and the ISO 639-3 code of each, which franc answers with. */
const languages = {
  ...{ ar: 'arb', bg: 'bul', bn: 'ben', de: 'deu', en: 'eng', es: 'spa', fa: 'pes', fi: 'fin', fr: 'fra', gu: 'guj' },
  ...{ he: 'heb', hi: 'hin', it: 'ita', ja: 'jpn', kn: 'kan', ko: 'kor', ml: 'mal', mr: 'mar', ne: 'npi', pa: 'pan' },
  ...{ pl: 'pol', pt: 'por', ru: 'rus', sw: 'swh', ta: 'tam', te: 'tel', th: 'tha', uk: 'ukr', ur: 'urd', vi: 'vie' },
} as const

/** Further languages that langdetect knows: without them, Dutch would be taken for German. */
const others = [
  ...['afr', 'als', 'cat', 'ces', 'cmn', 'dan', 'ell', 'est', 'hrv', 'hun', 'ind', 'lit', 'lvs', 'mkd', 'nld', 'nob'],
  ...['ron', 'slk', 'slv', 'som', 'swe', 'tgl', 'tur'],
]

const language = z.enum(Object.keys(languages) as (keyof typeof languages)[])
const choice = { only: [...Object.values(languages), ...others] } // of all that franc knows, short English texts are often taken for Scots
const undetermined = 'und'
const names = new Intl.DisplayNames(['en'], { type: 'language' })

export const languageChecks: CheckKinds = {
  // As in IFEval, a text whose language can't be guessed ("42") meets it. IFEval guesses with langdetect.
  'language:response_language': checkKind({
    args: z.strictObject({ language }),
    describe: ({ language }) => `The whole response is in ${names.of(language)}.`,
    isMet: (response, { language }) => [languages[language], undetermined].includes(franc(response, choice)),
  }),
}
