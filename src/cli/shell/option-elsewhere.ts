import { CpmError } from '../../core/errors.ts'
import { COMMAND_TABLE } from '../completion/command-table.ts'

const MOST_NAMES = 3

/** Adds the commands that have an unknown option to its error, unless it looks like one of the command's own. */
export function withOtherCommands(error: CpmError, command: string, option: string): CpmError {
  if (error.details.meant !== undefined) return error
  const [group] = command.split(' ')
  const having = Object.entries(COMMAND_TABLE).flatMap(([name, { flags }]) =>
    flags.some((flag) => flag.name === option || flag.short === option) ? [name] : [],
  )
  const sorted = [
    ...having.filter((name) => name.split(' ')[0] === group),
    ...having.filter((name) => name.split(' ')[0] !== group),
  ]
  if (sorted.length === 0) return error
  const names = sorted.slice(0, MOST_NAMES).map((name) => `cpm ${name}`)
  const more = sorted.length > MOST_NAMES ? ' and others have it' : sorted.length === 1 ? ' has it' : ' have it'
  const fact = `${error.message}; ${names.join(', ')}${more}`
  return new CpmError('USAGE', fact, { hint: error.hint, details: error.details, cause: error })
}
