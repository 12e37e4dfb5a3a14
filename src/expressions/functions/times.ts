import { dayOfYear, type Duration, type Timestamp } from '../times.ts'
import { declare } from './declare.ts'

/**
 * The parts of a time in UTC or at an offset, numbered as in CEL: months and days of the month from 0, but `getDate`
 * from 1.
 */
const PARTS: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: dayOfYear,
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
}

/** Times from values. There is no clock. */
export const TIMES = [
  ...Object.entries(PARTS).flatMap(([name, part]) =>
    declare({
      [`timestamp.${name}(): int`]: (_, time: Timestamp) => BigInt(part(time.at())),
      [`timestamp.${name}(string): int`]: (_, time: Timestamp, offset: string) => BigInt(part(time.at(offset))),
    }),
  ),
  ...declare({
    'duration.getHours(): int': (_, duration: Duration) => duration.in('h'),
    'duration.getMinutes(): int': (_, duration: Duration) => duration.in('m'),
    'duration.getSeconds(): int': (_, duration: Duration) => duration.in('s'),
    'duration.getMilliseconds(): int': (_, duration: Duration) => duration.in('ms') % 1000n,
  }),
]
