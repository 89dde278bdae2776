/** Tasks as hostile as a library could make them. They run in the threads of `limited.test.ts`. */
export const echo = (value: unknown): unknown => value;

export const loopForever = (): void => {
  for (;;);
};

export const backtrackForever = (): boolean => /^(a+)+$/.test(`${'a'.repeat(60)}b`);

export const hoard = (): never => {
  const all: object[] = [];
  for (;;) all.push({ n: all.length });
};

export const fail = (): never => {
  throw new TypeError('as libraries do on bad input');
};
