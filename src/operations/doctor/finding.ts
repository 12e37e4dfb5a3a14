import { CpmError } from '../../core/errors.ts'

/** What a check found. A failure or warning has a hint: one thing to type or do. */
export interface Finding {
  readonly check: string
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped'
  readonly message: string
  readonly hint?: string
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message }
}

export function skipped(check: string, message: string): Finding {
  return { check, status: 'skipped', message }
}

export function warning(check: string, message: string, hint: string): Finding {
  return { check, status: 'warning', message, hint }
}

export function failed(check: string, message: string, hint: string): Finding {
  return { check, status: 'failed', message, hint }
}

/** Runs a check. An error is what the check found: one that fails must not hide what the others find. */
export async function checked(check: string, run: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await run()
  } catch (error) {
    return [ofError(check, error)]
  }
}

/** @throws the error if it only says that the user ended the command */
export function ofError(check: string, error: unknown): Finding {
  if (!(error instanceof CpmError)) return failed(check, String(error), 'cpm doctor --debug')
  if (error.code === 'INTERRUPTED') throw error
  return failed(check, error.message, error.hint ?? `cpm help ${error.code}`)
}
