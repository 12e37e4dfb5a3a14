#!/usr/bin/env node
// Draws 64 x 64 pixels as a portable graymap in text form, and passes the picture to its children.
import { readFileSync, writeFileSync } from 'node:fs'

const EDGE = 64
const [pattern] = JSON.parse(readFileSync(0, 'utf8')).args

const brightness = {
  rings: (x, y) => Math.round(127 + 127 * Math.sin(Math.hypot(x - EDGE / 2, y - EDGE / 2) / 2)),
  stripes: (x, y) => ((x + y) % 16 < 8 ? 255 : 0),
}[pattern]

const rows = Array.from({ length: EDGE }, (_, y) => Array.from({ length: EDGE }, (_, x) => brightness(x, y)).join(' '))
const picture = ['P2', `${EDGE} ${EDGE}`, '255', ...rows].join('\n')
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([picture]))
