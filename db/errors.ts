/** The database was busy for longer than a verb waits. Nothing was written; asking again is safe. */
export class DatabaseBusyError extends Error {
  override readonly name = 'DatabaseBusyError';
  constructor(waitedMs: number, options?: ErrorOptions) {
    super(
      `the database was busy for ${Math.round(waitedMs / 1000)} s: expected other writers to finish; ask again`,
      options,
    );
  }
}

/** The disk, a quota, or the size that the database may have, is full. Nothing was written. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
  /** `refused`: the system's own word for it, where it is not simply a full disk. */
  constructor({ refused, ...options }: ErrorOptions & { refused?: string } = {}) {
    super(
      refused === undefined
        ? 'the disk of the database is full: free space there, then ask again'
        : `the database may not grow, its write was refused (${refused}): free space on its disk or raise the quota or limit of file size, then ask again`,
      options,
    );
  }
}

/** The file was written by another version of the product, or by something else. Nothing was changed. */
export class DatabaseVersionError extends Error {
  override readonly name = 'DatabaseVersionError';
  constructor(path: string, found: string) {
    super(
      `expected an empty file or a database of this version at ${path}, found ${found}: ` +
        'start the version that wrote it, or move the file away, with its -wal and -shm, to begin with an empty one',
    );
  }
}

/** A cursor that this list did not give out. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
  constructor() {
    super('expected a cursor as this list gave it out: leave it away to start from the beginning');
  }
}

/** A verb was asked about a row that must exist and does not. */
export class MissingRowError extends Error {
  override readonly name = 'MissingRowError';
  constructor(what: string, id: string) {
    super(`expected ${what} ${id} in the database, found none`);
  }
}
