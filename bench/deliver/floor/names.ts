/** Queue of the bare workflow. */
export const BARE_QUEUE = 'bench-bare';
/** Queue where our own workflow runs around a bare activity. */
export const OWN_QUEUE = 'bench-own';
/** Stand-ins for the four receivers' destinations, and for one whose queue nobody serves until it is opened. */
export const BARE_DESTINATIONS = ['bare-0', 'bare-1', 'bare-2', 'bare-3'];
export const HELD_DESTINATION = 'bare-held';
/** As many at once as a webhook destination has. */
export const CONCURRENCY = 8;

/** `<anything>#<position>`: a delivery, and to which of the receivers it goes. */
export const bareId = (of: string, position: number): string => `${of}#${position}`;
export const positionOf = (id: string): number => Number(id.split('#')[1]);
