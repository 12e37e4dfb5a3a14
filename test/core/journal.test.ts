import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { commit, finishSealed, type Journal } from '../../src/core/journal.ts'

const Step = z.strictObject({ do: z.literal('write'), name: z.string(), text: z.string() })
type Step = z.infer<typeof Step>

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-journal-'))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

const STEPS: Step[] = ['a', 'b', 'c'].map((name) => ({ do: 'write', name, text: `new ${name}` }))

/** A journal whose process dies before the step of that number, or never. */
function journal(dieBefore = Infinity): Journal<Step> & { applied: string[] } {
  const applied: string[] = []
  return {
    file: path.join(folder, 'journal.json'),
    step: Step,
    applied,
    apply({ name, text }) {
      if (applied.length === dieBefore) throw new Error('killed')
      // The seal stands while steps are applied.
      expect(fs.existsSync(path.join(folder, 'journal.json'))).toBe(true)
      fs.writeFileSync(path.join(folder, name), text)
      applied.push(name)
    },
  }
}

/** As when the process dies, or where others have seen a part. */
const never = () => false

const state = () => fs.readdirSync(folder).sort()

describe('a journal', () => {
  test('applies its steps in order and is gone', () => {
    const ours = journal()
    commit(ours, STEPS, never)
    expect(ours.applied).toEqual(['a', 'b', 'c'])
    expect(state()).toEqual(['a', 'b', 'c'])
    expect(finishSealed(journal())).toBe(false)
  })

  test('is undone and gone where a step fails, before that is told', () => {
    const undo = () => {
      for (const name of ['a', 'b']) fs.rmSync(path.join(folder, name), { force: true })
      return true
    }
    expect(() => {
      commit(journal(1), STEPS, undo)
    }).toThrow('killed')
    expect(state()).toEqual([])
  })

  test('G01 is finished by the next command, wherever the one before was stopped', () => {
    for (let dieBefore = 0; dieBefore < STEPS.length; dieBefore++) {
      expect(() => {
        commit(journal(dieBefore), STEPS, never)
      }).toThrow('killed')
      expect(state()).toContain('journal.json')
      const next = journal()
      expect(finishSealed(next)).toBe(true)
      expect(next.applied).toEqual(['a', 'b', 'c'])
      expect(state()).toEqual(['a', 'b', 'c'])
      for (const name of state()) fs.rmSync(path.join(folder, name))
    }
  })

  test('G01 is finished even when finishing is stopped again and again', () => {
    expect(() => {
      commit(journal(0), STEPS, never)
    }).toThrow('killed')
    for (const dieBefore of [0, 1, 2]) expect(() => finishSealed(journal(dieBefore))).toThrow('killed')
    expect(finishSealed(journal())).toBe(true)
    expect(state()).toEqual(['a', 'b', 'c'])
  })

  test('without a seal there is nothing to finish', () => {
    expect(finishSealed(journal())).toBe(false)
    commit(journal(), [], never)
    expect(state()).toEqual([])
  })

  test('holds nothing but its steps: anything else is refused before the first is applied', () => {
    const good = JSON.stringify({ schemaVersion: 1, steps: STEPS })
    const damaged = [
      ...['', '{', 'null', '[]', '{}', good.slice(0, -1), `${good}\n`, good.replace('write', 'run')],
      good.replace('"text":"new c"', '"text":"new c","mode":511'),
      good.replace('"name":"c"', '"name":3'),
      JSON.stringify({ steps: STEPS, schemaVersion: 1 }),
      JSON.stringify({ more: 1, schemaVersion: 1, steps: STEPS }),
    ]
    for (const text of damaged) {
      fs.writeFileSync(path.join(folder, 'journal.json'), text)
      const ours = journal()
      expect(() => finishSealed(ours), text).toThrow(
        expect.objectContaining({ code: 'JOURNAL_INVALID', hint: expect.stringContaining('journal.json') as string }),
      )
      expect(ours.applied).toEqual([])
      expect(state()).toEqual(['journal.json'])
    }
  })
})
