import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { headOf } from '../../../../activities/integrations/support/head.ts';
import { createScrub } from '../../../../activities/integrations/support/scrub.ts';

const SECRET = 'canary-0123456789abcdef';
const scrub = createScrub([SECRET]);
const head = (text: string) => headOf(Buffer.from(text), scrub);

describe('what the attempt log keeps of an answer', () => {
  it('is a short answer as it came', () => {
    expect(head('{"error":"no such project"}')).toBe('{"error":"no such project"}');
    expect(head('')).toBe('');
    expect(head('caf\u00e9 \uFFFD')).toBe('caf\u00e9 \uFFFD');
  });

  it.each([1, 2, 3, 4])('never ends in half a character, wherever the cut falls (%s)', (shift) => {
    for (const character of ['é', '€', '🙂']) {
      const kept = head('x'.repeat(shift) + character.repeat(4096));
      expect(kept).toMatch(new RegExp(`^x{${shift}}(${character})+$`));
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(4096);
      expect(Buffer.byteLength(kept)).toBeGreaterThan(4096 - 4);
    }
  });

  it('has no secret in it, nor a part of one that the cut went through', () => {
    for (let at = 4096 - SECRET.length - 2; at <= 4098; at++) {
      const kept = head(`${'x'.repeat(at)}${SECRET}${'y'.repeat(9000)}`);
      expect(kept).not.toMatch(/canary|[0-9a-f]{6}/);
    }
    // Beyond the window that is looked at, nothing is kept that could be half of one.
    for (let at = 65_536 - SECRET.length; at <= 65_536; at++) {
      const kept = head(`${' '.repeat(at)}${SECRET}${'y'.repeat(9000)}`.trimStart());
      expect(kept).not.toMatch(/canary|[0-9a-f]{6}/);
    }
  });

  it('is no garbage where the answer is no text', () => {
    const text = JSON.stringify({ error: 'no', detail: 'x'.repeat(5000) });
    expect(headOf(gzipSync(text), scrub)).toMatch(/^\[\d+ bytes that are no text\]$/);
    expect(headOf(Buffer.from('PNG\0\0\r\n'), scrub)).toBe('[7 bytes that are no text]');
    expect(headOf(Buffer.from([0x80, 0xff, 0xfe, 0x81]), scrub)).toBe('[4 bytes that are no text]');
  });

  it('is readable where a few characters are in another encoding', () => {
    expect(headOf(Buffer.from('Zugriff verweigert für Müller, bitte melden', 'latin1'), scrub)).toContain('verweigert');
  });
});
