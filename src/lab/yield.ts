/**
 * Lets waiting messages in. A worker that only ever awaits resolved promises never gets to read its messages; timers are
 * slowed down in hidden tabs, messages to oneself are not.
 */

const channel = typeof setImmediate === 'undefined' ? new MessageChannel() : null

export function yieldToMessages(): Promise<void> {
  if (!channel) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => {
    channel.port1.onmessage = () => resolve()
    channel.port2.postMessage(null)
  })
}
