import { z } from 'zod'
import { cronProblem } from './cron-expression.ts'
import { MAX_SECONDS, Name } from './units.ts'
import { Functions, Payload } from './workflow.ts'

const CronExpression = z.string().superRefine((text, ctx) => {
  const problem = cronProblem(text)
  if (problem !== undefined) ctx.addIssue({ code: 'custom', message: problem })
})

const Interval = z
  .int('must be a whole number')
  .refine((n) => n === -1 || n >= 1, 'must be at least 1 second, or -1 with a cronexpression')
  .max(MAX_SECONDS, `is at most ${MAX_SECONDS}`)

/** A workflow that ColonyOS submits again and again. `random` is not among the fields: the server does nothing with it. */
export const CronSpec = z
  .strictObject({
    kind: z.literal('Cron'),
    name: Name,
    cronexpression: CronExpression.optional(),
    /** seconds; -1 where the expression is meant */
    interval: Interval.optional(),
    waitforprevprocessgraph: z.boolean().default(false),
    payload: Payload.optional(),
    functions: Functions,
  })
  .superRefine(({ cronexpression, interval = -1 }, ctx) => {
    const wrong = (path: string, message: string) => {
      ctx.addIssue({ code: 'custom', path: [path], message })
    }
    if (cronexpression === undefined && interval === -1)
      wrong('cronexpression', 'is missing: say when, by cronexpression or by interval')
    if (cronexpression !== undefined && interval > 0)
      wrong('interval', 'and cronexpression both say when: keep one of them')
  })
export type CronSpec = z.infer<typeof CronSpec>
