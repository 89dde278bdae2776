import { resolve } from 'node:path';
import { styleText } from 'node:util';
import { type Stage, setStage } from './stage.ts';
import { type Teller, tellStory } from './story.ts';

/**
 * npm run demo [-- --exit]: the main job on real input, told as it happens. Stays up until Ctrl-C, or ends after the
 * story with --exit: exit code 0 only if every step did what it said.
 */
const exits = process.argv.includes('--exit');
const { WAYBILL_DEMO_DTRACK_URL: url, WAYBILL_DEMO_DTRACK_KEY: key } = process.env;
const real = url && key ? { url, key } : undefined;

const say = (text: string) =>
  console.log(
    text
      .split('\n')
      .map((line) => `   ${line}`)
      .join('\n'),
  );
const broken: string[] = [];
const teller: Teller = {
  say,
  title: (text) => console.log(`\n${styleText('bold', text)}`),
  promise(text, kept) {
    if (!kept) broken.push(text);
    say(`${kept ? styleText('green', '✓') : styleText('red', '✗')} ${text}`);
  },
};

const started = Date.now();
let stage: Stage | undefined;
const interrupted = new Promise<void>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
});
try {
  teller.title('Waybill: the main job, on this machine');
  say('This pretends to be a GitHub Action: the build type says so, and nothing proves it.');
  say(
    real
      ? `Deliveries go to the Dependency-Track at ${real.url}.`
      : 'Deliveries go to a stand-in for Dependency-Track; WAYBILL_DEMO_DTRACK_URL and _KEY name a real one.',
  );
  stage = await setStage(resolve('.waybill', 'demo'), real, say);
  say(`everything is up after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  await tellStory(stage, teller);
  console.log(
    broken.length === 0
      ? `\n${styleText('green', 'Everything did what it said')}, in ${((Date.now() - started) / 1000).toFixed(1)} s.`
      : `\n${styleText('red', `${broken.length} step(s) did not do what they said`)}: ${broken.join('; ')}`,
  );
  if (!exits) {
    console.log('Ctrl-C ends it.');
    await interrupted;
  }
} catch (error) {
  broken.push('the demo itself');
  console.error(`\n${styleText('red', 'The demo stopped')}: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await stage?.strike();
}
process.exit(broken.length === 0 ? 0 : 1);
