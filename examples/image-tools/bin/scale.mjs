#!/usr/bin/env node
// Scales a square picture: scale.mjs EDGE < picture.pgm > smaller.pgm
import { readFileSync } from 'node:fs'

const edge = Number(process.argv[2])
const [kind, width, height, white, ...pixels] = readFileSync(0, 'utf8').trim().split(/\s+/)
if (kind !== 'P2' || !(edge >= 1)) {
  console.error('usage: scale.mjs EDGE < picture.pgm (a graymap in text form, P2)')
  process.exit(1)
}

// Each new pixel is the original pixel under its center.
const under = (i, size) => Math.floor(((i + 0.5) * size) / edge)
const rows = Array.from({ length: edge }, (_, y) =>
  Array.from({ length: edge }, (_, x) => pixels[under(y, Number(height)) * Number(width) + under(x, Number(width))]),
)
console.log(['P2', `${edge} ${edge}`, white, ...rows.map((row) => row.join(' '))].join('\n'))
