import { z } from 'zod'
import { MACHINE_ERRORS } from './errors/machine.ts'
import { PACKAGE_ERRORS } from './errors/packages.ts'
import { RUN_ERRORS } from './errors/runs.ts'

export { EXIT, type ExitName } from './error-kind.ts'

/** Every error cpm can report. A code never changes its meaning; `docs/errors.md` is generated from this table. */
export const ERRORS = { ...MACHINE_ERRORS, ...PACKAGE_ERRORS, ...RUN_ERRORS }

export const ErrorCode = z.enum(Object.keys(ERRORS) as [keyof typeof ERRORS, ...(keyof typeof ERRORS)[]])
export type ErrorCode = keyof typeof ERRORS

/** An error in `--json`, in the last line of `--events`, and over HTTP. */
export const ErrorDocument = z.object({
  code: ErrorCode,
  message: z.string(),
  hint: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
})
export type ErrorDocument = z.infer<typeof ErrorDocument>
