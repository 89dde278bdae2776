import { Gunzip, unzipSync } from 'fflate';
import { parseTar } from 'nanotar';
import { type Findings, found, notValidated, unreadable } from './findings.ts';

const MAGIC = {
  zip: (bytes: Uint8Array) => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4,
  gzip: (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b,
  tar: (bytes: Uint8Array) => Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar',
} as const;

type ArchiveFormat = keyof typeof MAGIC;
export type Unpacked = { name: string; bytes: Uint8Array };

export const isArchive = (bytes: Uint8Array, formats: readonly ArchiveFormat[]): boolean =>
  formats.some((format) => MAGIC[format](bytes));

/** An archive, known by its first bytes; it is not opened. */
export const inspectArchive = (bytes: Buffer, formats: readonly ArchiveFormat[]): Findings =>
  isArchive(bytes, formats)
    ? found([], { format: formats.find((format) => MAGIC[format](bytes)) ?? '' })
    : unreadable(`expected an archive (${formats.join(' or ')}), found other content`);

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 10_000;

class TooLarge extends Error {}

/** The files of a zip or tar.gz whose names are wanted, and how many there are in all; bounded whatever the archive says of itself. */
export function unpack(
  bytes: Uint8Array,
  isWanted: (name: string) => boolean,
): { ok: true; files: Unpacked[]; count: number } | { ok: false; findings: Findings } {
  try {
    return { ok: true, ...(MAGIC.zip(bytes) ? unzip(bytes, isWanted) : untar(gunzip(bytes), isWanted)) };
  } catch (error) {
    if (error instanceof TooLarge) return { ok: false, findings: notValidated(error.message) };
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unreadable';
    return { ok: false, findings: unreadable(`expected a zip or tar.gz that can be opened: ${reason}`) };
  }
}

function unzip(bytes: Uint8Array, isWanted: (name: string) => boolean): { files: Unpacked[]; count: number } {
  let count = 0;
  let size = 0;
  const files = unzipSync(bytes, {
    // What a file says of its size is also what is set aside for it: nothing grows beyond.
    filter({ name, originalSize }) {
      count = counted(count + 1);
      if (name.endsWith('/') || !isWanted(name)) return false;
      size += originalSize;
      if (size > MOST_BYTES) throw new TooLarge(tooMuch);
      return true;
    },
  });
  return { files: Object.entries(files).map(([name, content]) => ({ name, bytes: content })), count };
}

const CHUNK_BYTES = 64 * 1024;

function gunzip(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream = new Gunzip((chunk) => {
    size += chunk.length;
    if (size > MOST_BYTES) throw new TooLarge(tooMuch);
    chunks.push(chunk);
  });
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    stream.push(bytes.subarray(at, at + CHUNK_BYTES), at + CHUNK_BYTES >= bytes.length);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function untar(bytes: Uint8Array, isWanted: (name: string) => boolean): { files: Unpacked[]; count: number } {
  if (!MAGIC.tar(bytes)) throw new Error('found no tar in it');
  let count = 0;
  const files = parseTar(bytes, {
    filter({ name, type }) {
      count = counted(count + 1);
      return type === 'file' && isWanted(name);
    },
  });
  return { files: files.map(({ name, data }) => ({ name, bytes: data ?? new Uint8Array() })), count };
}

const tooMuch = `expected at most ${MOST_BYTES} bytes when unpacked, found more: too large to validate`;

function counted(count: number): number {
  if (count > MOST_FILES)
    throw new TooLarge(`expected at most ${MOST_FILES} files in the archive, found more: too many to validate`);
  return count;
}
