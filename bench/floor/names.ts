/** Queue of the floor's workflow. */
export const FLOOR_QUEUE = 'bench-floor';
/** Queue where our own workflow runs with steps that do nothing. */
export const EMPTY_QUEUE = 'bench-empty';
/** Stand-ins for destinations: their queues are made as those of real ones are. */
export const FLOOR_DESTINATIONS = ['bench-floor-1', 'bench-floor-2', 'bench-floor-3'];
