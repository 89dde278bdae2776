import { describe } from 'vitest';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { describeDatabase } from './suite.ts';

describe('SQLite', () => describeDatabase(() => openSqliteDatabase({ path: ':memory:' })));
