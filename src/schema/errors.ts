import { MACHINE_ERRORS } from './errors/machine.ts'
import { PACKAGE_ERRORS } from './errors/packages.ts'
import { PLUGIN_ERRORS } from './errors/plugins.ts'
import { RUN_ERRORS } from './errors/runs.ts'

export { EXIT, type ExitName } from './error-kind.ts'

/**
 * Every error cpm can report. A code never changes its meaning; `docs/errors.md` is generated from this table.
 * Every start of cpm loads this file, so it has no schemas (error-document.ts).
 */
export const ERRORS = { ...MACHINE_ERRORS, ...PACKAGE_ERRORS, ...PLUGIN_ERRORS, ...RUN_ERRORS }

export type ErrorCode = keyof typeof ERRORS
