import { AsyncLocalStorage } from 'node:async_hooks';

/** Times calls from outside: what is timed does not know. Names are paths, by what was being timed when they began. */
export type Stopwatch = {
  time<T>(name: string, work: () => Promise<T> | T): Promise<T>;
  /** The same object, its functions timed as `<name>.<function>`. */
  observe<T extends object>(name: string, target: T): T;
  /** The same for an object of such objects, named by their keys. */
  observeVerbs<T extends object>(target: T): T;
  reset(): void;
  /** Milliseconds by path (`POST/judge/verify/store.read`); several calls within one parent are added up. */
  found(): Map<string, number[]>;
};

type Frame = { path: string; within: Map<string, number> };

export function createStopwatch(): Stopwatch {
  const frames = new AsyncLocalStorage<Frame>();
  const all = new Map<string, number[]>();
  const keep = (path: string, ms: number) => {
    const values = all.get(path);
    if (values) values.push(ms);
    else all.set(path, [ms]);
  };
  const time = async <T>(name: string, work: () => Promise<T> | T): Promise<T> => {
    const above = frames.getStore();
    const frame: Frame = { path: above ? `${above.path}/${name}` : name, within: new Map() };
    const since = performance.now();
    try {
      return await frames.run(frame, async () => work());
    } finally {
      const ms = performance.now() - since;
      if (above) above.within.set(frame.path, (above.within.get(frame.path) ?? 0) + ms);
      else keep(frame.path, ms);
      for (const [path, sum] of frame.within) keep(path, sum);
    }
  };
  const observe = <T extends object>(name: string, target: T): T =>
    new Proxy(target, {
      get(from, key) {
        const value: unknown = Reflect.get(from, key);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => time(`${name}.${String(key)}`, () => Reflect.apply(value, from, args));
      },
    });
  return {
    time,
    observe,
    observeVerbs: (target) =>
      new Proxy(target, {
        get(from, key) {
          const value: unknown = Reflect.get(from, key);
          return typeof value === 'object' && value !== null ? observe(String(key), value) : value;
        },
      }),
    reset: () => all.clear(),
    found: () => all,
  };
}
