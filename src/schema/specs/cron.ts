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
  .max(MAX_SECONDS, `must be at most ${MAX_SECONDS}`)

/** A workflow that ColonyOS submits on a schedule. `random` is not a field here: the server ignores it. */
export const CronSpec = z
  .strictObject({
    kind: z.literal('Cron'),
    name: Name,
    cronexpression: CronExpression.optional(),
    /** seconds; -1 if the expression applies */
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
      wrong('cronexpression', 'is missing: set cronexpression or interval')
    if (cronexpression !== undefined && interval > 0) wrong('interval', "can't be combined with cronexpression")
  })
export type CronSpec = z.infer<typeof CronSpec>
