import type { MaterialRecord } from '../judgements.ts';
import type { materials } from '../schema.ts';

export const toMaterial = ({
  attestationId: _id,
  n: _n,
  position: _position,
  ...row
}: typeof materials.$inferSelect): MaterialRecord => row;
