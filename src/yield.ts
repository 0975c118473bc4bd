/**
 * Lets waiting messages in. A worker that only ever awaits resolved promises never gets to read its messages; timers are
 * slowed down in hidden tabs, messages to oneself are not.
 */

const channel = typeof setImmediate === 'undefined' ? new MessageChannel() : null
/** Those who wait, in the order of the messages that they sent: a run and a command may wait at the same time. */
const waiting: (() => void)[] = []
if (channel) channel.port1.onmessage = () => waiting.shift()?.()

export function yieldToMessages(): Promise<void> {
  if (!channel) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => {
    waiting.push(resolve)
    channel.port2.postMessage(null)
  })
}
