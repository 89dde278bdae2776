import { table } from '../table.ts';
import type { Scaling, Verified, VerifyReport } from './measure.ts';

/** For people. Like the rest of the bench it judges nothing. */
export const printVerification = ({ cores, documents, threads }: VerifyReport): string =>
  `${ofDocuments(documents)}\n\n${ofThreads(cores, threads)}`;

const ofDocuments = (documents: readonly Verified[]): string =>
  table('Verifications a second of one core, beside node:crypto on the same bytes', [
    ['', 'bytes', 'Waybill', 'crypto alone', '÷ crypto', 'naive', '÷ naive', 'Waybill by the clock'],
    ...documents.map(({ name, bytes, perCpuSecond: { ours, crypto, naive }, toCrypto, toNaive, perSecond }) => [
      name,
      `${bytes}`,
      ours.toFixed(0),
      crypto.toFixed(0),
      toCrypto.toFixed(2),
      naive?.toFixed(0) ?? '',
      toNaive?.toFixed(2) ?? '',
      perSecond.toFixed(0),
    ]),
  ]);

const ofThreads = (cores: number, threads: readonly Scaling[]): string =>
  table(`The same through the threads of a worker, a second by the clock (${cores} cores)`, [
    ['', 'one thread', 'two threads', 'ratio (aim: 1.8)'],
    ...threads.map(({ name, one, two, ratio }) => [name, one.toFixed(0), two.toFixed(0), ratio.toFixed(2)]),
  ]);
