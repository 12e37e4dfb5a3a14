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

/** Returns a journal whose process dies before the given step, or never. */
function journal(dieBefore = Infinity): Journal<Step> & { applied: string[] } {
  const applied: string[] = []
  return {
    file: path.join(folder, 'journal.json'),
    step: Step,
    applied,
    apply({ name, text }) {
      if (applied.length === dieBefore) throw new Error('killed')
      // The seal exists while steps are applied.
      expect(fs.existsSync(path.join(folder, 'journal.json'))).toBe(true)
      fs.writeFileSync(path.join(folder, name), text)
      applied.push(name)
    },
  }
}

/** For a process that died, or steps that others have already seen. */
const never = () => false

const state = () => fs.readdirSync(folder).sort()

describe('a journal', () => {
  test('applies its steps in order and removes itself', () => {
    const ours = journal()
    commit(ours, STEPS, never)
    expect(ours.applied).toEqual(['a', 'b', 'c'])
    expect(state()).toEqual(['a', 'b', 'c'])
    expect(finishSealed(journal())).toBe(false)
  })

  test('is undone and removed before the error is thrown when a step fails', () => {
    const undo = () => {
      for (const name of ['a', 'b']) fs.rmSync(path.join(folder, name), { force: true })
      return true
    }
    expect(() => {
      commit(journal(1), STEPS, undo)
    }).toThrow('killed')
    expect(state()).toEqual([])
  })

  test('G01 is finished by the next command, no matter where the previous one stopped', () => {
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

  test('G01 is finished even if finishing is interrupted repeatedly', () => {
    expect(() => {
      commit(journal(0), STEPS, never)
    }).toThrow('killed')
    for (const dieBefore of [0, 1, 2]) expect(() => finishSealed(journal(dieBefore))).toThrow('killed')
    expect(finishSealed(journal())).toBe(true)
    expect(state()).toEqual(['a', 'b', 'c'])
  })

  test('leaves nothing to finish without a seal', () => {
    expect(finishSealed(journal())).toBe(false)
    commit(journal(), [], never)
    expect(state()).toEqual([])
  })

  test('is rejected before its first step if it contains anything but steps', () => {
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
