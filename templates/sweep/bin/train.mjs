#!/usr/bin/env node
// Stands in for training: scores one pair of parameters.
import { readFileSync, writeFileSync } from 'node:fs'

const { rate, depth } = JSON.parse(readFileSync(0, 'utf8')).kwargs
const score = Number((1 - Math.abs(rate - 0.4) - Math.abs(depth - 2) / 10).toFixed(3))
console.log(`rate ${rate}, depth ${depth}: ${score}`)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([{ rate, depth, score }]))
