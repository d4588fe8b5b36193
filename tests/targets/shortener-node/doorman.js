'use strict'
// Slows down whoever tries slugs at random: 30 misses in a window of ten seconds and the door stays shut until it ends.

const { HttpError } = require('./wire')

const WINDOW = 10_000
const MISSES = 30

class Doorman {
  constructor () {
    this.windows = new Map() // address -> { opened, misses }
  }

  admit (address) {
    const { opened, misses } = this._window(address)
    if (misses < MISSES) return
    const seconds = Math.ceil((opened + WINDOW - performance.now()) / 1000)
    throw new HttpError(429, 'Too many unknown links', { 'retry-after': String(Math.max(1, seconds)) })
  }

  missed (address) {
    const window = this._window(address)
    window.misses += 1
    this.windows.set(address, window)
    if (this.windows.size > 10_000) this.windows.delete(this.windows.keys().next().value)
  }

  _window (address) {
    const now = performance.now()
    const window = this.windows.get(address)
    return window && window.opened + WINDOW > now ? window : { opened: now, misses: 0 }
  }
}

module.exports = { Doorman }
