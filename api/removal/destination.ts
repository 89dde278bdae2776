import { type Consent, type Deps, type Doomed, remove } from './remove.ts';

/** Undefined when there is none of this name. */
export async function doomedDestination({ db }: Pick<Deps, 'db'>, name: string): Promise<Doomed | undefined> {
  if (!(await db.destinations.get(name))) return undefined;
  const attachments = (await db.attachments.all()).filter(({ spec }) => spec.destination === name);
  return {
    kind: 'destination',
    name,
    filter: { destination: name },
    attachments: attachments.map((attachment) => attachment.name),
  };
}

/** Removes a destination, for the API and the page. Undefined when there is none of this name. */
export async function removeDestination(deps: Deps, name: string, consent: Consent) {
  const doomed = await doomedDestination(deps, name);
  return (
    doomed &&
    remove(deps, doomed, consent, async (who) => {
      const { deleted, found } = await deps.db.destinations.delete(name, who);
      // Somebody else removed it meanwhile: gone is gone.
      return deleted || !found;
    })
  );
}
