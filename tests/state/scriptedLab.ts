/** A lab client that records what it is asked and answers only when the test says so. */
import type { LabClient } from '../../src/lab/client'
import type { UserError } from '../../src/errors'
import type { CommandName, Commands, LabEvent } from '../../src/lab/protocol'

interface Call {
  readonly command: CommandName
  readonly body: unknown
  readonly reply: (body: unknown) => void
  readonly refuse: (error: Error) => void
}

export class ScriptedLab implements LabClient {
  readonly calls: Call[] = []
  #listeners = new Set<(event: LabEvent) => void>()
  #deaths = new Set<(error: UserError) => void>()

  call<K extends CommandName>(command: K, body: Commands[K][0]): Promise<Commands[K][1]> {
    return new Promise((resolve, refuse) => {
      this.calls.push({ command, body, reply: (answer) => resolve(answer as Commands[K][1]), refuse })
    })
  }

  /** Names of all commands so far. */
  get commands(): readonly CommandName[] {
    return this.calls.map(({ command }) => command)
  }

  /** Answers the latest call of this name and lets what waited for it go on. */
  async reply<K extends CommandName>(command: K, body: Commands[K][1]): Promise<void> {
    this.#latest(command).reply(body)
    await settle()
  }

  async refuse(command: CommandName, error: Error): Promise<void> {
    this.#latest(command).refuse(error)
    await settle()
  }

  emit(event: LabEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  die(error: UserError): void {
    for (const listener of this.#deaths) listener(error)
  }

  onEvent(listener: (event: LabEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onDeath(listener: (error: UserError) => void): () => void {
    this.#deaths.add(listener)
    return () => this.#deaths.delete(listener)
  }

  terminate(): void {}

  #latest(command: CommandName): Call {
    const call = this.calls.findLast((one) => one.command === command)
    if (!call) throw new Error(`the page never asked for "${command}"; it asked for ${this.commands.join(', ')}`)
    return call
  }
}

export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
