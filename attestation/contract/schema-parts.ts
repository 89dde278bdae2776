import { z } from 'zod';

/** What several terms of a contract are made of. */

export const DnsName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    'expected lower-case letters, digits and dashes, starting and ending with a letter or digit',
  );

export const Day = z.iso
  .date('expected a day such as 2027-01-31')
  .meta({ id: 'Day', description: 'A day in UTC, e.g. `2027-01-31`.' });
export const enforceFrom = Day.optional().meta({
  description: 'Until this day begins a failure only warns, and says so.',
});
