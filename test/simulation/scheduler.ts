import { setImmediate as settled } from 'node:timers/promises';
import type { Random } from './random.ts';

/** Who waits for the answers of calls. Nothing that belongs to a paused or dead one goes on. */
export interface Actor {
  readonly name: string;
  state: 'running' | 'paused' | 'dead';
}

/** How often a call ends in another way than in its effect and its answer, each from 0 to 1. */
export interface Climate {
  /** The call fails before its effect. */
  readonly refused: number;
  /** The effect is there, the answer is an error. */
  readonly unanswered: number;
  /** The answer is an error, and the effect comes some time after it. */
  readonly late: number;
  /** One of the call's own mishaps. */
  readonly mishap: number;
  /** The answer stays on its way while others go on. */
  readonly slowAnswer: number;
}

export const calm: Climate = { refused: 0, unanswered: 0, late: 0, mishap: 0, slowAnswer: 0.1 };

export interface Call<Reply> {
  readonly label: string;
  /** What the call does to the world, at once and as a whole. */
  readonly effect: () => Reply | Promise<Reply>;
  /** The error that the caller sees when the call fails; undefined: it cannot fail. */
  readonly failure?: (why: string) => Error;
  /** Other ways in which this very call can go; each replaces the effect. */
  readonly mishaps?: Readonly<Record<string, () => Reply | Promise<Reply>>>;
  /** Whether its time may come; undefined: at any time. */
  readonly isDue?: () => boolean;
}

interface Pending {
  readonly actor: Actor;
  readonly label: string;
  readonly isDue: (() => boolean) | undefined;
  readonly run: () => void;
  /** What becomes of it when its actor dies. */
  readonly abandon: () => void;
}

const network: Actor = { name: 'network', state: 'running' };
/** How long what was given up may still be on its way. */
const delayTurns = [0, 10, 50, 100, 200];

const settledSoon = (): Promise<void> => settled();

/**
 * Holds every call that any process makes until its turn comes. A turn picks one of all that could go
 * on now, and how it goes, by the seed alone: nothing else decides, so a seed is a schedule.
 */
export class Scheduler {
  readonly #random: Random;
  #pending: Pending[] = [];
  #hash = 0x811c9dc5;
  climate: Climate = calm;
  turns = 0;
  /** Kept only when asked for: one line a turn. */
  readonly schedule: string[] | undefined;

  constructor({ random, schedule }: { random: Random; schedule: string[] | undefined }) {
    this.#random = random;
    this.schedule = schedule;
  }

  /** Of all that has happened so far, in order. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  call<Reply>(actor: Actor, call: Call<Reply>): Promise<Reply> {
    return new Promise<Reply>((resolve) => {
      if (actor.state === 'dead') return;
      const answer = (outcome: () => Reply | Promise<Reply>): void => {
        resolve(
          new Promise((answered) => {
            answered(outcome());
          }),
        );
      };
      this.#pending.push({
        actor,
        label: call.label,
        isDue: call.isDue,
        run: () => this.#attempt(actor, call, answer),
        abandon: () => this.#abandon(call),
      });
    });
  }

  /** Something that is no call of a process: told to the schedule. */
  note(what: string): void {
    this.schedule?.push(what);
    for (let index = 0; index < what.length; index++)
      this.#hash = Math.imul(this.#hash ^ what.charCodeAt(index), 0x01000193);
  }

  /** Its answers never come; what it had sent may be lost, done, or done later. */
  kill(actor: Actor): void {
    actor.state = 'dead';
    const abandoned = this.#pending.filter((pending) => pending.actor === actor);
    this.#pending = this.#pending.filter((pending) => pending.actor !== actor);
    for (const { abandon } of abandoned) abandon();
  }

  /** Everybody dies, and what was still on its way never comes. */
  cutPower(actors: readonly Actor[]): void {
    for (const actor of actors) this.kill(actor);
    this.#pending = this.#pending.filter(({ actor }) => actor !== network);
  }

  /** Lets one call go on, and everything that follows from it up to the next calls; false: none could. */
  async turn(): Promise<boolean> {
    const due: number[] = [];
    this.#pending.forEach(({ actor, isDue }, index) => {
      if (actor.state === 'running' && (isDue === undefined || isDue())) due.push(index);
    });
    if (due.length === 0) return false;
    const index = this.#random.pick(due);
    const [picked] = this.#pending.splice(index, 1);
    this.turns++;
    picked?.run();
    await settledSoon();
    return true;
  }

  #attempt<Reply>(
    actor: Actor,
    call: Call<Reply>,
    answer: (outcome: () => Reply | Promise<Reply>) => void,
  ): void {
    const { label, effect, failure } = call;
    const fate = this.#fateOf(call);
    this.note(`${actor.name} ${label}${fate === 'works' ? '' : `: ${fate}`}`);
    const fail = (): never => {
      throw failure?.(`${label}: ${fate}`) ?? new Error(fate);
    };
    switch (fate) {
      case 'works':
        this.#answerSoon(actor, { label, outcome: settle(effect), answer });
        return;
      case 'refused':
        answer(fail);
        return;
      case 'unanswered':
        settle(effect);
        answer(fail);
        return;
      case 'late':
        this.#send(label, effect);
        answer(fail);
        return;
      default:
        this.#answerSoon(actor, {
          label,
          outcome: settle(call.mishaps?.[fate] ?? effect),
          answer,
        });
    }
  }

  #fateOf<Reply>({ failure, mishaps }: Call<Reply>): string {
    const { refused, unanswered, late, mishap } = this.climate;
    if (failure !== undefined) {
      if (this.#random.happens(refused)) return 'refused';
      if (this.#random.happens(unanswered)) return 'unanswered';
      if (this.#random.happens(late)) return 'late';
    }
    if (mishaps !== undefined && this.#random.happens(mishap))
      return this.#random.pick(Object.keys(mishaps));
    return 'works';
  }

  #answerSoon<Reply>(
    actor: Actor,
    {
      label,
      outcome,
      answer,
    }: {
      label: string;
      outcome: () => Reply | Promise<Reply>;
      answer: (outcome: () => Reply | Promise<Reply>) => void;
    },
  ): void {
    if (!this.#random.happens(this.climate.slowAnswer)) {
      answer(outcome);
      return;
    }
    this.#pending.push({
      actor,
      label,
      isDue: undefined,
      run: () => {
        this.note(`${actor.name} ${label} answered`);
        answer(outcome);
      },
      abandon: () => undefined,
    });
  }

  #send<Reply>(label: string, effect: () => Reply | Promise<Reply>): void {
    const due = this.turns + this.#random.pick(delayTurns);
    this.#pending.push({
      actor: network,
      label,
      isDue: () => this.turns >= due || this.climate === calm,
      run: () => {
        this.note(`network ${label}`);
        settle(effect);
      },
      abandon: () => undefined,
    });
  }

  #abandon<Reply>({ label, effect, isDue }: Call<Reply>): void {
    // What only waits for its time has not been sent.
    if (isDue !== undefined || !this.#random.happens(0.5)) return;
    if (this.#random.happens(0.5)) settle(effect);
    else this.#send(label, effect);
  }
}

/** Has the effect now; what came of it can be told later. */
function settle<Reply>(effect: () => Reply | Promise<Reply>): () => Reply | Promise<Reply> {
  try {
    const reply = effect();
    return () => reply;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
