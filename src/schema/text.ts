import { z } from 'zod'

/**
 * Surrogates, which UTF-8 can't encode, and control characters, including line ends, which can make one line look like
 * two.
 */
const NOT_IN_A_LINE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u

/** Text written by people, to be shown on one line. */
export const Line = z
  .string()
  .refine((text) => !NOT_IN_A_LINE.test(text), 'must be a single line without control characters')
