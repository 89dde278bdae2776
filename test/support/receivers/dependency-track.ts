/** The stand-in is an example too, so that it can be run by hand. */
export type { Settings } from '../../../examples/receivers/dependency-track/settings.ts';
export {
  createDependencyTrackStandIn,
  type DependencyTrackStandIn,
} from '../../../examples/receivers/dependency-track/stand-in.ts';
