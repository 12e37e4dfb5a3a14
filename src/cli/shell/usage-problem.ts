import type { Command as Commander, CommanderError } from 'commander'
import { closest } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'

/** Turns an error of the command-line parser into one with cpm's own wording. */
export function usageProblem(error: CommanderError, commander: Commander, argv: readonly string[]): CpmError {
  const hint = `${commander.name()} --help`
  const [first = '', second = ''] = [...error.message.matchAll(/'([^']*)'/g)].map(([, quoted]) => quoted ?? '')
  switch (error.code) {
    case 'commander.unknownOption': {
      const flags = commander.options.flatMap(({ long }) => (long ? [long] : []))
      const meant = closest(first, flags)
      const isOwn = meant === undefined ? '' : `; did you mean ${meant}?`
      const details = { option: first, ...(meant !== undefined && { meant }) }
      return new CpmError('USAGE', `${commander.name()} has no option ${first}${isOwn}`, { hint, details })
    }
    case 'commander.missingArgument':
      return new CpmError('USAGE', `<${first}> is missing`, { hint })
    case 'commander.optionMissingArgument':
      return new CpmError('USAGE', `${longOf(first)} needs a value`, { hint })
    case 'commander.excessArguments': {
      const most = commander.registeredArguments.length
      const takes = most === 0 ? 'takes no arguments' : `takes at most ${most} argument${most === 1 ? '' : 's'}`
      return new CpmError('USAGE', `${commander.name()} ${takes}, but got ${commander.args.length}`, { hint })
    }
    case 'commander.invalidArgument': {
      const choices = /Allowed choices are (.*?)\.?$/.exec(error.message)?.[1]
      const must = choices === undefined ? 'has an invalid value' : `must be one of ${choices}`
      const value = argv.includes(second) || second === '' ? second : ''
      const near = choices === undefined ? undefined : closest(value, choices.split(', '))
      return new CpmError('USAGE', `${longOf(first)} ${must}${near === undefined ? '' : `; did you mean ${near}?`}`, {
        hint,
      })
    }
    default:
      return new CpmError('USAGE', error.message.replace(/^error: /, '').replaceAll('\n', ' '), { hint })
  }
}

/** Returns the long name, `--engine` for `-e, --engine <engine>`. */
function longOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags
}
