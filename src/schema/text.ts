import { z } from 'zod'

/** Half of a surrogate pair, which no UTF-8 has; control characters, line ends among them, with which one line can be made to look like two. */
const NOT_IN_A_LINE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u

/** A text that people wrote, to be shown on one line. */
export const Line = z
  .string()
  .refine((text) => !NOT_IN_A_LINE.test(text), 'a text of one line, without control characters')
