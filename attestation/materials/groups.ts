import { failed } from '../contract/check.ts';
import type { Check } from '../verdict.ts';
import type { PlannedSlot } from './material.ts';
import { remedyFor } from './slot-checks.ts';

/** At least one material of each group must be there. */
export function checkGroups(slots: readonly PlannedSlot[]): Check[] {
  const groups = new Map<string, PlannedSlot[]>();
  for (const planned of slots) {
    if (planned.slot.group !== undefined)
      groups.set(planned.slot.group, [...(groups.get(planned.slot.group) ?? []), planned]);
  }
  return [...groups].flatMap(([group, members]) => {
    if (members.some(({ material, checks }) => material !== undefined || checks.length > 0)) return [];
    const names = members.map(({ slot }) => `${slot.name} (${slot.type})`).join(', ');
    return [
      failed(
        'group.missing',
        `The contract requires at least one material of group "${group}": ${names}. None was signed.`,
        {
          subject: group,
          expected: `one of ${names}`,
          found: 'none',
          remedy: members[0] ? remedyFor(members[0].slot) : undefined,
          contractLine: members[0]?.slot.line,
        },
      ),
    ];
  });
}
